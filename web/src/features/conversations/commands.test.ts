import { describe, expect, it } from "vitest";

import { commandBefore, withoutCommand } from "./commands";

describe("commandBefore", () => {
  it.each([
    ["@", { kind: "mention", typed: "" }],
    ["ask @gui", { kind: "mention", typed: "gui" }],
    ["mail a@b", null],
    ["@guide then", null],
    ["/", { kind: "prompt", typed: "" }],
    ["/travel bud", { kind: "prompt", typed: "travel bud" }],
    ["and/or", null],
    ["see /etc", null],
    ["/etc/hosts", null],
    ["/etc and @gui", { kind: "mention", typed: "gui" }],
  ])("reads %j", (draft, command) => {
    expect(commandBefore(draft, draft.length)).toEqual(command);
  });
});

describe("withoutCommand", () => {
  it("takes a mention out and leaves the rest", () => {
    expect(withoutCommand("ask @gui about it", 8)).toBe("ask about it");
  });

  it("takes a prompt out and leaves what follows", () => {
    expect(withoutCommand("/trav say it shortly", 5)).toBe("say it shortly");
  });
});
