import { describe, expect, it } from "vitest";

import { piecesOf } from "./excerpt";

describe("piecesOf", () => {
  it("puts whole words that begin with what was typed at odd places", () => {
    expect(piecesOf("Emperor penguins huddle.", "peng HUD")).toEqual(["Emperor ", "penguins", " ", "huddle", "."]);
  });

  it("does not cut inside words, and knows letters with marks", () => {
    expect(piecesOf("unter Überraschung", "ter überr")).toEqual(["unter ", "Überraschung", ""]);
  });

  it("takes signs for what they are", () => {
    expect(piecesOf("a (b)", "(.*")).toEqual(["a (b)"]);
  });
});
