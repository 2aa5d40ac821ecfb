import { describe, expect, it } from "vitest";

import { chosenOf, toggled, type Guard } from "./guards";

const fixed: Guard = { guardrail_id: "p", guardrail_name: "Project", mode: "all", source: "both", editable: false };
const own: Guard = { guardrail_id: "a", guardrail_name: "Names", mode: "all", source: "input", editable: true };

it("sends what may be decided here, without what is only shown", () => {
  expect(chosenOf([fixed, own])).toEqual([{ guardrail_id: "a", mode: "all", source: "input" }]);
});

describe("toggled", () => {
  it("adds a guardrail that judges both ways", () => {
    expect(toggled([fixed], "a", "Names")).toEqual([fixed, { guardrail_id: "a", guardrail_name: "Names", mode: "filtered", source: "both" }]);
  });

  it("takes it out again, in every form it stands guard", () => {
    expect(toggled([fixed, own, { ...own, source: "output" }], "a", "Names")).toEqual([fixed]);
  });

  it("leaves what is fixed, beside what is added to it", () => {
    expect(toggled([fixed], "p", "Project")).toHaveLength(2);
  });
});
