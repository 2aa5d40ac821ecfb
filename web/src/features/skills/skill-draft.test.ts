import { describe, expect, it } from "vitest";

import { base64, emptySkill, fileOf, skillProblems, typedName } from "./skill-draft";

const limits = { min_content_length: 100, max_content_length: 200 };
const fine = { ...emptySkill("p"), name: "release-notes", description: "Writes release notes.", content: "x".repeat(150) };

describe("skillProblems", () => {
  it("has nothing against a whole skill", () => {
    expect(skillProblems(fine, limits)).toEqual({});
  });

  it.each([
    ["name", { name: "a--b" }],
    ["name", { name: "ab" }],
    ["description", { description: "short" }],
    ["content", { content: "x".repeat(99) }],
    ["content", { content: "x".repeat(201) }],
  ])("finds a wrong %s", (field, change) => {
    expect(Object.keys(skillProblems({ ...fine, ...change }, limits))).toEqual([field]);
  });
});

it("makes names of what people type", () => {
  expect(["Release Notes!", "-a", "ÄB c"].map(typedName)).toEqual(["release-notes-", "a", "b-c"]);
});

it("sends text as text and the rest in base64", async () => {
  expect(await fileOf(new File(["grün"], "a.md", { type: "text/markdown" }))).toMatchObject({ content: "grün", encoding: "text" });
  expect(await fileOf(new File([new Uint8Array([255, 0, 1])], "b", { type: "" }))).toMatchObject({ content: "/wAB", encoding: "base64" });
  expect(base64(new Uint8Array(100_000)).length).toBe(133_336);
});
