import { ApiError } from "@/api/errors";

import type { Pictures } from "./abilities";
import { stepFrom, visibleSteps, type Reply, type Step } from "./turns";
import { NARRATOR, type Citation, type StreamChunk, type Thought } from "./wire";

export interface SkillRef {
  id: string;
  name: string;
}

/** A question as the person wrote it. */
export interface Question {
  text: string;
  files: string[];
  /** Know-how for this message alone. */
  skills?: SkillRef[];
}

/** A reply in the making. It lives outside React, so leaving the page does not stop it. */
export interface Run {
  conversationId: string;
  assistantId: string;
  question: Question;
  /** The model that was chosen for this reply; null where the conversation or the assistant decides. */
  model: string | null;
  /** What was chosen for it about pictures. */
  pictures: Pictures;
  /** Which turn of the conversation this answers; an existing one is answered again. */
  index: number;
  /** The version of the turn before that it follows; null for the newest. */
  parentVariant: number | null;
  fresh: boolean;
  state: "running" | "done" | "failed" | "stopped";
  thoughts: LiveThought[];
  chunks: string;
  final: string | null;
  citations: Citation[];
  startedAt: number;
  seconds: number | null;
  error: ApiError | Error | null;
}

export interface LiveThought extends Thought {
  startedAt: number;
  endedAt: number | null;
}

function withThought(thoughts: LiveThought[], delta: Partial<Thought>, now: number): LiveThought[] {
  if (!delta.id) return thoughts;
  const at = thoughts.findIndex((thought) => thought.id === delta.id);
  const before = thoughts[at];
  const merged: LiveThought = {
    id: delta.id,
    parent_id: delta.parent_id ?? before?.parent_id ?? null,
    author_type: delta.author_type ?? before?.author_type ?? "Tool",
    author_name: delta.author_name ?? before?.author_name ?? "",
    metadata: delta.metadata ?? before?.metadata ?? null,
    input_text: delta.input_text ?? before?.input_text ?? null,
    message: (before?.message ?? "") + (delta.message ?? ""),
    in_progress: delta.in_progress ?? false,
    error: delta.error ?? before?.error ?? false,
    interrupted: delta.interrupted ?? before?.interrupted ?? false,
    aborted: delta.aborted ?? before?.aborted ?? false,
    startedAt: before?.startedAt ?? now,
    endedAt: delta.in_progress ? null : now,
  };
  return before ? thoughts.with(at, merged) : [...thoughts, merged];
}

/** Applies one chunk of the stream; deltas are appended by thought id. */
export function applyChunk(run: Run, chunk: StreamChunk, now: number): Run {
  return {
    ...run,
    thoughts: chunk.thought ? withThought(run.thoughts, chunk.thought, now) : run.thoughts,
    chunks: run.chunks + (chunk.generated_chunk ?? ""),
    final: chunk.last && typeof chunk.generated === "string" ? chunk.generated : run.final,
    citations: chunk.context?.citations ?? run.citations,
    seconds: chunk.time_elapsed ?? run.seconds,
  };
}

/** What the reader should see of the answer now: words after the last tool call, until the final text replaces them. */
function answerSoFar(run: Run): string {
  if (run.final !== null) return run.final;
  if (run.chunks) return run.chunks;
  const last = run.thoughts.at(-1);
  return last?.author_name === NARRATOR && !last.parent_id ? (last.message ?? "") : "";
}

function liveStep(thought: LiveThought): Step {
  const { startedAt, endedAt, metadata } = thought;
  return stepFrom(thought, metadata?.seconds ?? (endedAt === null ? null : (endedAt - startedAt) / 1000));
}

export function replyOf(run: Run): Reply {
  const text = answerSoFar(run);
  return {
    text,
    steps: visibleSteps(run.thoughts.map(liveStep), text),
    citations: run.citations,
    seconds: run.seconds,
    assistantId: run.assistantId,
    state: run.state,
    place: null,
    mark: null,
    asked: null,
    usage: null,
    model: run.model,
    refused: run.error instanceof ApiError && run.error.refused,
  };
}
