import { describe, expect, it } from "vitest";

import { anchorFrom, anchorText, branchOf, nextPlace, positionOf } from "./branches";
import { turnsFrom } from "./turns";
import type { HistoryItem } from "./wire";

/** A question and its answer, as the flat history has them. */
const asked = (message: string, historyIndex: number, variant = 0, parentVariant: number | null = null): HistoryItem[] =>
  (["User", "Assistant"] as const).map((role) => ({ role, message, historyIndex, variant, parentVariant, status: "complete" }));

const ONE = [...asked("a", 0), ...asked("b", 1), ...asked("c", 2)];
const EDITED = [...asked("a", 0), ...asked("b", 1, 0, 0), ...asked("c", 2, 0, 0), ...asked("a2", 0, 1)];
const GONE_ON = [...EDITED, ...asked("b2", 1, 1, 1)];

const questions = (history: HistoryItem[], anchor?: string) =>
  branchOf(turnsFrom(history), anchorFrom(anchor)).map(({ shown }) => shown.question);

describe("branchOf", () => {
  it("is the whole conversation where no turn was asked again", () => {
    expect(questions(ONE)).toEqual(["a", "b", "c"]);
    expect(branchOf([], null)).toEqual([]);
  });

  it("is where something was said last, unless a version is named", () => {
    expect(questions(EDITED)).toEqual(["a2"]);
    expect(questions(GONE_ON)).toEqual(["a2", "b2"]);
    expect(questions(GONE_ON, "0.0")).toEqual(["a", "b", "c"]);
    expect(questions(GONE_ON, "1.1")).toEqual(["a2", "b2"]);
    expect(questions([...GONE_ON, ...asked("d", 3, 0, 0)])).toEqual(["a", "b", "c", "d"]);
    expect(questions(GONE_ON, "7.7")).toEqual(["a2", "b2"]);
  });

  it("goes down to what was said last behind a version", () => {
    const forked = [...GONE_ON, ...asked("c3", 2, 1, 0), ...asked("d", 3, 0, 0)];
    expect(questions(forked, "0.0")).toEqual(["a", "b", "c", "d"]);
    expect(questions(forked, "2.1")).toEqual(["a", "b", "c3"]);
  });

  it("lets versions that say nothing follow the newest, as the server does", () => {
    expect(questions([...ONE, ...asked("a2", 0, 1)])).toEqual(["a2", "b", "c"]);
  });

  it("offers the versions that follow the same one, and counts all", () => {
    const [first, second] = branchOf(turnsFrom([...GONE_ON, ...asked("b3", 1, 2, 1)]), null);
    expect(first && [positionOf(first), first.variants.length, first.versions]).toEqual([1, 2, 2]);
    expect(second && [positionOf(second), second.variants.length, second.versions]).toEqual([1, 2, 3]);
  });
});

describe("nextPlace", () => {
  const next = (history: HistoryItem[], anchor?: string) => {
    const turns = turnsFrom(history);
    return nextPlace(turns, branchOf(turns, anchorFrom(anchor)));
  };

  it("is left to the server where there are no branches", () => {
    expect([next(ONE), next([])]).toEqual([{}, {}]);
  });

  it("is the end of the branch that is shown", () => {
    expect(next(GONE_ON)).toEqual({ historyIndex: 2, parentVariant: 1 });
    expect(next(GONE_ON, "1.0")).toEqual({ historyIndex: 3, parentVariant: 0 });
  });
});

describe("anchorFrom", () => {
  it("reads what it writes and nothing else", () => {
    expect(anchorFrom(anchorText({ index: 12, number: 3 }))).toEqual({ index: 12, number: 3 });
    expect([anchorFrom(undefined), anchorFrom("1"), anchorFrom("1.2.3"), anchorFrom("-1.0")]).toEqual([null, null, null, null]);
  });
});
