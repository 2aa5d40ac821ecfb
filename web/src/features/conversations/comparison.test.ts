import { expect, it } from "vitest";

import { comparing, comparisonFrom } from "./comparison";

it("reads the comparison an address was made for", () => {
  expect(comparisonFrom(comparing(12, 0, 3))).toEqual({ turn: 12, left: 0, right: 3 });
});

it.each([undefined, "", "1.2", "1.2.x", "-1.0.1", "1.0.1.2", "99999999.0.1"])("takes no other address: %s", (value) => {
  expect(comparisonFrom(value)).toBeNull();
});
