import { describe, expect, it } from "vitest";

import type { Advice } from "@/components/advice-list";

import { changeOf, formFrom } from "./skill-drafting";

const advice = (name: string, recommended: string | string[] | null, action: Advice["action"] = "change"): Advice => ({ name, action, recommended, reason: "Because", severity: "optional" });
const KNOWN = ["development", "testing", "documentation", "security"];

describe("what a model recommends for a skill", () => {
  it.each([
    ["name", "Review Changes!", { name: "review-changes" }],
    ["description", "Reviews changes.", { description: "Reviews changes." }],
    ["instructions", "# How", { content: "# How" }],
    ["categories", "- testing\n- unheard-of", { categories: ["testing"] }],
    ["categories", KNOWN, { categories: KNOWN.slice(0, 3) }],
  ])("fills its field %s", (name, recommended, change) => {
    expect(changeOf(advice(name, recommended), KNOWN)).toEqual(change);
  });

  it("empties what it wants gone", () => {
    expect(changeOf(advice("categories", null, "delete"), KNOWN)).toEqual({ categories: [] });
  });

  it("fills a whole form with a draft", () => {
    expect(formFrom({ name: "Short Words", description: "d", instructions: "i", categories: ["testing"], toolkits: [] })).toEqual({
      name: "short-words",
      description: "d",
      content: "i",
      categories: ["testing"],
    });
  });
});
