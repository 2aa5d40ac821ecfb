import { describe, expect, it } from "vitest";

import { isNothing, leaveOut, leftOutOf, NOTHING, switched } from "./left-out";

describe("what a conversation does without", () => {
  const off = switched(NOTHING, "mcpServers", "tickets");

  it("is switched off and on again by name", () => {
    expect(off.mcpServers).toEqual(["tickets"]);
    expect(isNothing(switched(off, "mcpServers", "tickets"))).toBe(true);
  });

  it("belongs to one conversation", () => {
    leaveOut("one", off);
    expect([leftOutOf("one"), leftOutOf("other")]).toEqual([off, NOTHING]);
    leaveOut("one", NOTHING);
    expect(leftOutOf("one")).toEqual(NOTHING);
  });

  it("is forgotten for the oldest of many conversations", () => {
    for (let number = 0; number < 60; number += 1) leaveOut(`c${number}`, off);
    expect([leftOutOf("c0"), leftOutOf("c9"), leftOutOf("c10"), leftOutOf("c59")]).toEqual([NOTHING, NOTHING, off, off]);
  });
});
