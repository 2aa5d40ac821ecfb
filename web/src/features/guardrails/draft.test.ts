import { expect, test } from "vitest";

import { emptyDraft, newRule, ruleOf, rulesOf } from "./draft";

test("phrases are the lines that say something", () => {
  expect(ruleOf({ ...newRule(), phrases: " one \n\n two words\n" })).toEqual({
    type: "phrase", phrases: ["one", "two words"], action: "block", label: "", message: "",
  });
});

test("a rule without what it looks for is not complete, and neither are the rules", () => {
  expect(ruleOf({ ...newRule(), kind: "pattern" })).toBeNull();
  expect(rulesOf([{ ...newRule(), kind: "email" }, newRule()])).toBeNull();
  expect(rulesOf([])).toBeNull();
});

test("detectors are rules by their name", () => {
  expect(ruleOf({ ...newRule(), kind: "iban", action: "mask", label: "account" })).toEqual({
    type: "detector", detector: "iban", action: "mask", label: "account", message: "",
  });
  expect(ruleOf({ ...newRule(), kind: "unknown" })).toBeNull();
});

test("a new guardrail begins with one rule", () => {
  expect(emptyDraft("demo").rules).toHaveLength(1);
});
