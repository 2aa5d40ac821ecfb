import { describe, expect, it } from "vitest";

import { stepFrom, turnsFrom } from "./turns";
import { fileNameOf, type HistoryItem, type Thought } from "./wire";

const item = (role: "User" | "Assistant", historyIndex: number, message: string): HistoryItem => ({
  role,
  message,
  historyIndex,
  status: "complete",
  variant: 0,
});

describe("turnsFrom", () => {
  it("pairs each question with its answer", () => {
    const turns = turnsFrom([item("User", 0, "q0"), item("Assistant", 0, "a0"), item("User", 1, "q1"), item("Assistant", 1, "a1")]);
    expect(turns.map(({ variants }) => variants.map(({ question, reply }) => [question, reply?.text]))).toEqual([[["q0", "a0"]], [["q1", "a1"]]]);
  });

  it("collects repeated indexes as variants of the same turn", () => {
    const turns = turnsFrom([
      item("User", 0, "q"),
      item("Assistant", 0, "first"),
      item("User", 1, "later"),
      item("Assistant", 1, "answer"),
      item("User", 0, "q edited"),
      item("Assistant", 0, "second"),
    ]);
    expect(turns[0]?.variants.map(({ question, reply }) => [question, reply?.text])).toEqual([["q", "first"], ["q edited", "second"]]);
  });

  it("keeps a question that was never answered", () => {
    expect(turnsFrom([item("User", 0, "q")])[0]?.variants).toEqual([{ number: 0, ordinal: 0, follows: null, place: 0, question: "q", files: [], reply: null }]);
  });
});

describe("what is told of a reply", () => {
  const reply = (fields: Partial<HistoryItem>) => turnsFrom([item("User", 0, "q"), { ...item("Assistant", 0, "a"), ...fields }])[0]?.variants[0]?.reply;

  it("names the model where it was kept", () => {
    expect([reply({ llmModel: "one" })?.model, reply({})?.model]).toEqual(["one", null]);
  });

  it("tells what a guardrail refused from other failures", () => {
    const refused = (errorCode: string) => reply({ status: "failed", errorCode })?.refused;
    expect([refused("guardrails"), refused("llm_unavailable")]).toEqual([true, false]);
  });
});

describe("a reply that did not come to its end", () => {
  const interrupted = (thoughts: Thought[]) =>
    turnsFrom([item("User", 0, "q"), { ...item("Assistant", 0, "half"), status: "interrupted", thoughts }])[0]?.variants[0]?.reply?.state;
  const remark = (message: string): Thought => ({
    id: "r", parent_id: null, in_progress: false, input_text: null, message, author_type: "System", author_name: "System", error: false, interrupted: true,
  });

  it("was stopped where the server's remark names the person", () => {
    expect(interrupted([remark("The reply was interrupted: it was stopped by the person who asked.")])).toBe("stopped");
  });

  it("was cut off where it names another reason, or nobody was left to say one", () => {
    expect(interrupted([remark("The reply was interrupted: the server was stopped.")])).toBe("cut");
    expect(interrupted([])).toBe("cut");
  });
});

describe("stepFrom", () => {
  const call = { id: "t", parent_id: null, in_progress: false, input_text: "{}", message: "", author_type: "Tool", author_name: "Search", error: false };

  it.each([
    [{ interrupted: true }, "waiting"],
    [{ aborted: true, message: "Tool call was denied by the user." }, "denied"],
    [{ aborted: true }, "cut"],
    [{ error: true, message: "no" }, "failed"],
    [{ message: "found" }, "done"],
  ])("reads the outcome of a call from %o", (flags, state) => {
    expect(stepFrom({ ...call, ...flags }).state).toBe(state);
  });

  it.each([
    ["Search Kb Team-Handbook", "Knowledge search (team-handbook)"],
    ["Pdf Tool", "PDF reader"],
    ["Find Ticket", "Find Ticket"],
  ])("names the tool %s as people do", (author_name, label) => {
    expect(stepFrom({ ...call, author_name }).label).toBe(label);
  });

  it("leaves the name of a sub-assistant alone", () => {
    expect(stepFrom({ ...call, author_type: "Agent", author_name: "Pdf Tool" }).label).toBe("Pdf Tool");
  });
});

describe("fileNameOf", () => {
  it("reads the name from a token whose parts may contain the separator", () => {
    const bytes = new TextEncoder().encode("10~text/plain2~u19~ü~ber.txt");
    expect(fileNameOf(btoa(String.fromCharCode(...bytes)))).toBe("ü~ber.txt");
  });

  it("does not fail on something else", () => {
    expect(fileNameOf("%%%")).toBe("file");
  });
});
