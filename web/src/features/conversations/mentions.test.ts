import { describe, expect, it } from "vitest";

import { mentionBefore, withoutMention } from "./mentions";

describe("mentionBefore", () => {
  it.each([
    ["@", ""],
    ["ask @gui", "gui"],
    ["mail a@b", null],
    ["@guide then", null],
  ])("reads %j", (draft, wanted) => {
    expect(mentionBefore(draft, draft.length)).toBe(wanted);
  });
});

describe("withoutMention", () => {
  it("takes the mention out and leaves the rest", () => {
    expect(withoutMention("ask @gui about it", 8)).toBe("ask about it");
  });
});
