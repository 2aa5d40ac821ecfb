import { describe, expect, it } from "vitest";

import { ApiError } from "@/api/errors";

import { AS_ASSISTANT } from "./abilities";
import { applyChunk, replyOf, type Run } from "./run-state";
import { NARRATOR, type StreamChunk } from "./wire";

const start: Run = {
  conversationId: "c",
  assistantId: "a",
  question: { text: "q", files: [] },
  model: null,
  pictures: AS_ASSISTANT,
  index: 0,
  parentVariant: null,
  fresh: true,
  state: "running",
  thoughts: [],
  chunks: "",
  final: null,
  citations: [],
  startedAt: 0,
  seconds: null,
  error: null,
};

const play = (chunks: StreamChunk[]) => replyOf(chunks.reduce((run, chunk, at) => applyChunk(run, chunk, at * 1000), start));
const say = (id: string, message: string, in_progress = true): StreamChunk => ({ thought: { id, message, in_progress, author_name: NARRATOR } });
const tool = (message: string, in_progress: boolean): StreamChunk => ({
  thought: { id: "t", message, in_progress, author_name: "Search Kb", input_text: '{"query":"x"}' },
});

describe("a reply that failed", () => {
  const refused = (error: ApiError) => replyOf({ ...start, state: "failed", error }).refused;

  it("was refused by a guardrail where the server says so, at once or at its end", () => {
    expect(refused(new ApiError(422, "Request blocked by guardrails"))).toBe(true);
    expect(refused(new ApiError(200, "Blocked", null, null, null, { execution_error: "guardrails" }))).toBe(true);
    expect(refused(new ApiError(503, "The server is busy"))).toBe(false);
  });
});

describe("a streamed reply", () => {
  it("grows from the deltas of the model's thought", () => {
    expect(play([say("m", "Hel"), say("m", "lo")]).text).toBe("Hello");
  });

  it("folds words before a tool call and times the tool", () => {
    const reply = play([say("m1", "Let me look."), say("m1", "", false), tool("", true), tool("found", false), say("m2", "It is")]);
    expect(reply.text).toBe("It is");
    expect(reply.steps.map(({ label, output, seconds }) => [label, output, seconds])).toEqual([
      [NARRATOR, "Let me look.", 1],
      ["Search Kb", "found", 1],
    ]);
  });

  it("is replaced by the final text with its citations", () => {
    const citation = { number: 1, source: "a.py", title: null, start_line: 1, end_line: 2, page: null, index_id: "i", index_name: "n", chunk_id: "k", quote: "" };
    const reply = play([say("m", "Hel"), { last: true, generated: "Hello [1]", generated_chunk: "", context: { citations: [citation] }, time_elapsed: 1.5 }]);
    expect([reply.text, reply.citations, reply.seconds]).toEqual(["Hello [1]", [citation], 1.5]);
  });
});
