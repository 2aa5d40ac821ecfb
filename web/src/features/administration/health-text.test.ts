import { expect, test } from "vitest";

import { text } from "./health-text";

test("a group of checks has a name, also one that this page does not know", () => {
  expect([text.phase("authz"), text.phase("net"), text.phase("new_part")]).toEqual(["Rights", "Way to models", "New part"]);
});
