import { describe, expect, it } from "vitest";

import { readCard } from "./agent-card";

const card = { name: "Echo", url: "https://agents.example/rpc", version: "1", capabilities: {}, skills: [{ id: "e", name: "Echo" }], more: [1] };

describe("a pasted agent card", () => {
  it("is kept whole", () => {
    expect(readCard(JSON.stringify(card))).toEqual({ card });
  });

  it.each(["", "{", "[]", "null", '"card"'])("is none when it is no object: %s", (typed) => {
    expect(readCard(typed)).toEqual({ lacks: null });
  });

  it.each([
    ["name", { name: "" }],
    ["url", { url: 5 }],
    ["version", { version: undefined }],
    ["capabilities", { capabilities: [] }],
    ["skills", { skills: undefined }],
    ["skills", { skills: [{ id: "e" }] }],
  ])("lacks its %s", (lacks, change) => {
    expect(readCard(JSON.stringify({ ...card, ...change }))).toEqual({ lacks });
  });
});
