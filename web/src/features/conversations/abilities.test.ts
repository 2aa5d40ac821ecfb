import { describe, expect, it } from "vitest";

import { abilitiesOf, AS_ASSISTANT, isChosen, keepAbilities, NO_ABILITIES, wishes } from "./abilities";

describe("what a message may use", () => {
  it("is asked for only where it was switched", () => {
    expect(wishes(NO_ABILITIES)).toEqual({});
    expect(wishes({ search: true, code: true }, AS_ASSISTANT)).toEqual({ enable_web_search: true, enable_code_interpreter: true });
    expect(wishes(NO_ABILITIES, { enable_image_generation: false, image_generation_model: null })).toEqual({ enable_image_generation: false });
    expect(wishes(NO_ABILITIES, { enable_image_generation: true, image_generation_model: "brush" })).toEqual({
      enable_image_generation: true,
      image_generation_model: "brush",
    });
  });

  it("belongs to one conversation", () => {
    keepAbilities("one", { search: true, code: false });
    expect([abilitiesOf("one").search, abilitiesOf("other")]).toEqual([true, NO_ABILITIES]);
  });

  it("is the assistant's matter until somebody chooses", () => {
    expect(isChosen(AS_ASSISTANT)).toBe(false);
    expect(isChosen({ ...AS_ASSISTANT, enable_image_generation: false })).toBe(true);
  });
});
