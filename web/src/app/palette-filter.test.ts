import { describe, expect, it } from "vitest";

import { fit } from "./palette-filter";

describe("what the palette finds", () => {
  it("prefers words that begin as typed", () => {
    expect(fit("Dark theme", "dark")).toBeGreaterThan(fit("Add a Git repository to knowledge", "dark"));
    expect(fit("New access token", "tok new")).toBe(1);
  });
  it("finds parts of words, after those", () => {
    expect(fit("Bookkeeper", "keep")).toBe(0.5);
  });
  it("leaves out what lacks a word", () => {
    expect(fit("New project", "new user")).toBe(0);
  });
  it("shows everything when nothing is typed", () => {
    expect(fit("Chat", " ")).toBe(1);
  });
});
