import { describe, expect, it } from "vitest";

import { answerTo, spoken, type Asked, type Element } from "./surface";

const colours: Element = {
  type: "multiple_choice",
  id: "colour",
  options: [
    { value: "r", label: "Red" },
    { value: "g", label: "Green" },
  ],
};
const asked = (...surface: Element[]): Asked => ({ request_id: "q", surface });

function form(entries: [string, string][]): FormData {
  const data = new FormData();
  entries.forEach(([name, value]) => data.append(name, value));
  return data;
}

describe("an answer", () => {
  it("to a single choice is that choice", () => {
    const given = answerTo(asked(colours), form([["colour", "g"]]), undefined);
    expect(given).toEqual({ answer: { request_id: "q", kind: "choice", payload: { id: "colour", selected: ["g"] } }, said: "Green" });
  });

  it("by a button alone is that button", () => {
    const given = answerTo(asked({ type: "button", id: "yes", label: "Yes" }), form([]), { type: "button", id: "yes", label: "Yes" });
    expect(given).toEqual({ answer: { request_id: "q", kind: "action", payload: { id: "yes" } }, said: "Yes" });
  });

  it("by a primary button sends the fields, by another one does without them", () => {
    const day: Element = { type: "date_picker", id: "day", label: "Day" };
    const agreed: Element = { type: "checkbox", id: "agreed", label: "Agreed" };
    const book = { type: "button", id: "book", label: "Book" } as const;
    const cancel = { type: "button", id: "no", label: "Cancel", style: "secondary" } as const;
    const question = asked({ type: "column", children: [day, agreed, book, cancel] });
    const filled = form([["day", "2026-03-04"]]);
    expect(answerTo(question, filled, book)).toEqual({
      answer: { request_id: "q", kind: "submit", payload: { id: "book", values: { day: { value: "2026-03-04" }, agreed: { value: false } } } },
      said: "Day: 2026-03-04",
    });
    expect(answerTo(question, filled, cancel).answer).toEqual({ request_id: "q", kind: "action", payload: { id: "no" } });
  });
});

describe("a question in words", () => {
  it("is what its texts say, or its labels where it has none", () => {
    expect(spoken([{ type: "text", content: "One?" }, { type: "row", children: [{ type: "text", content: "Two?" }] }, colours])).toBe("One?\n\nTwo?");
    expect(spoken([{ type: "button", id: "y", label: "Yes" }])).toBe("Yes");
  });
});
