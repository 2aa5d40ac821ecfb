import { expect, test } from "vitest";

import { errorFromBody } from "@/api/errors";

import { globsOf, linesOf, presetOf, PRESETS, problemsIn, rightsOf } from "./rights";

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

test("what the server refused stands at its value, in our words, and is not said twice", () => {
  const pattern = "not a regular expression: missing )";
  const details = [
    { loc: ["body", "arguments", 1, "pattern"], msg: `Value error, ${pattern}` },
    { loc: ["body", "denied_tools", 0], msg: "Too long" },
  ];
  const message = `arguments.[1].pattern: Value error, ${pattern}; denied_tools.[0]: Too long`;
  const error = errorFromBody(422, { error: { message, details } }, null);
  expect(problemsIn("arguments", error)).toEqual({ "1.pattern": pattern });
  expect(problemsIn("denied_tools", error)).toEqual({ "0": "Too long" });
  expect(problemsIn("asks", error)).toEqual({});
  expect(error.message).toBe(`arguments.[1].pattern: ${pattern}; denied_tools.[0]: Too long`);
  expect(error.details).toBeNull();
  expect(problemsIn("asks", new Error("gone"))).toEqual({});
});
