import { describe, expect, it } from "vitest";

import { turnsFrom } from "./turns";
import { fileNameOf, type HistoryItem } from "./wire";

const item = (role: "User" | "Assistant", historyIndex: number, message: string): HistoryItem => ({
  role,
  message,
  historyIndex,
  status: "complete",
  variant: 0,
});

describe("turnsFrom", () => {
  it("pairs each question with its answer", () => {
    const turns = turnsFrom([item("User", 0, "q0"), item("Assistant", 0, "a0"), item("User", 1, "q1"), item("Assistant", 1, "a1")]);
    expect(turns.map(({ variants }) => variants.map(({ question, reply }) => [question, reply?.text]))).toEqual([[["q0", "a0"]], [["q1", "a1"]]]);
  });

  it("collects repeated indexes as variants of the same turn", () => {
    const turns = turnsFrom([
      item("User", 0, "q"),
      item("Assistant", 0, "first"),
      item("User", 1, "later"),
      item("Assistant", 1, "answer"),
      item("User", 0, "q edited"),
      item("Assistant", 0, "second"),
    ]);
    expect(turns[0]?.variants.map(({ question, reply }) => [question, reply?.text])).toEqual([["q", "first"], ["q edited", "second"]]);
  });

  it("keeps a question that was never answered", () => {
    expect(turnsFrom([item("User", 0, "q")])[0]?.variants).toEqual([{ question: "q", files: [], reply: null }]);
  });
});

describe("fileNameOf", () => {
  it("reads the name from a token whose parts may contain the separator", () => {
    const bytes = new TextEncoder().encode("10~text/plain2~u19~ü~ber.txt");
    expect(fileNameOf(btoa(String.fromCharCode(...bytes)))).toBe("ü~ber.txt");
  });

  it("does not fail on something else", () => {
    expect(fileNameOf("%%%")).toBe("file");
  });
});
