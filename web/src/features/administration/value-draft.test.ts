import { expect, test } from "vitest";

import { draftOf, holdsComponent, problemsOf, type ValueDraft } from "./value-draft";

const draft = (change: Partial<ValueDraft>): ValueDraft => ({ ...draftOf(null), key: "LIMIT", ...change });

test.each([
  ["string", "", true],
  ["string", "x".repeat(10_001), false],
  ["int", " 12 ", true],
  ["int", "1.5", false],
  ["int", "", false],
  ["float", "1.5", true],
  ["float", "", false],
  ["float", "NaN", false],
  ["bool", "Yes", true],
  ["bool", "maybe", false],
] as const)("a %s may be %j: %s", (value_type, value, fine) => {
  expect(problemsOf(draft({ value_type, value })).value === undefined).toBe(fine);
});

test.each([
  ["A", true],
  ["SKILL_MAX_2", true],
  ["", false],
  ["skill", false],
  ["2A", false],
  ["A-B", false],
])("a value may be named %j: %s", (key, fine) => {
  expect(problemsOf(draft({ key })).key === undefined).toBe(fine);
});

test("values that hold a component are told apart", () => {
  expect([holdsComponent({ key: "CUSTOMER_CONFIG__CHAT_DISCLAIMER" }), holdsComponent({ key: "CUSTOMER_LIMIT" })]).toEqual([true, false]);
});
