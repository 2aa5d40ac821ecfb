import { describe, expect, it } from "vitest";

import { diffLines, hunks } from "./diff";

const shown = (before: string, after: string) =>
  diffLines(before, after).map(({ kind, line }) => `${kind === "same" ? " " : kind === "added" ? "+" : "-"}${line}`);

describe("diffLines", () => {
  it.each([
    ["a\nb\nc", "a\nb\nc", [" a", " b", " c"]],
    ["a\nb\nc", "a\nx\nc", [" a", "-b", "+x", " c"]],
    ["a\nc", "a\nb\nc", [" a", "+b", " c"]],
    ["a\nb\nc\nd", "b\nd", ["-a", " b", "-c", " d"]],
    ["a\na", "a\na\na", [" a", " a", "+a"]],
    ["", "new", ["+new"]],
    ["one", "two\nthree", ["-one", "+two", "+three"]],
  ])("of %j and %j", (before, after, expected) => {
    expect(shown(before, after)).toEqual(expected);
  });

  it("rebuilds both texts", () => {
    const words = ["a", "b", "c"];
    for (let seed = 0; seed < 200; seed += 1) {
      const pick = (length: number, salt: number) => Array.from({ length }, (_, index) => words[(seed * salt + index * index * 7 + index) % 3] ?? "").join("\n");
      const [before, after] = [pick(1 + (seed % 9), 5), pick(1 + (seed % 7), 11)];
      const lines = diffLines(before, after);
      expect(lines.filter(({ kind }) => kind !== "added").map(({ line }) => line).join("\n")).toBe(before);
      expect(lines.filter(({ kind }) => kind !== "removed").map(({ line }) => line).join("\n")).toBe(after);
    }
  });
});

it("leaves out what is far from every change", () => {
  const before = Array.from({ length: 20 }, (_, index) => String(index)).join("\n");
  const lines = hunks(diffLines(before, before.replace("10", "ten")), 1);
  expect(lines.map((line) => line?.line ?? "…")).toEqual(["…", "9", "10", "ten", "11", "…"]);
});
