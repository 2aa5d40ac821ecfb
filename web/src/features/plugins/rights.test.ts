import { expect, test } from "vitest";

import { globsOf, linesOf, presetOf, PRESETS, rightsOf } from "./rights";

test("a preset is recognised by its rights, and nothing else is", () => {
  for (const preset of PRESETS) expect(presetOf(rightsOf(preset))).toBe(preset);
  expect(presetOf({ ...rightsOf("read"), denied_tools: ["_a"] })).toBeNull();
  expect(presetOf({ ...rightsOf("all"), allowed_tools: ["_read*"] })).toBeNull();
  expect(presetOf({ ...rightsOf("all"), allowed_tools: [] })).toBeNull();
  expect(presetOf({ ...rightsOf("all"), ask: "always" })).toBeNull();
  expect(presetOf({ ...rightsOf("ask"), arguments: [{ tool: "*", argument: "a", pattern: "" }] })).toBeNull();
});

test("names are read line by line", () => {
  expect(globsOf(" _read* \n\n_list\n")).toEqual(["_read*", "_list"]);
  expect(globsOf(linesOf(["_a", "_b"]))).toEqual(["_a", "_b"]);
  expect(globsOf("")).toEqual([]);
});
