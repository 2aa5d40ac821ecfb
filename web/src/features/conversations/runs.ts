import type { QueryClient } from "@tanstack/react-query";

import { send } from "@/api/client";
import { ApiError } from "@/api/errors";
import { jsonObjects } from "@/api/json-stream";
import { createStore, useStore } from "@/app/store";

import { conversationQuery } from "./queries";
import { applyChunk, type Question, type Run } from "./run-state";
import { turnsFrom } from "./turns";
import type { StreamChunk } from "./wire";

const runs = createStore<Record<string, Run | undefined>>({});
const queues = createStore<Record<string, Question[] | undefined>>({});
const controllers = new Map<string, AbortController>();
const NO_QUESTIONS: Question[] = [];

export const useRun = (id: string): Run | undefined => useStore(runs, (all) => all[id]);
export const useQueue = (id: string): Question[] => useStore(queues, (all) => all[id] ?? NO_QUESTIONS);

export function isRunning(id: string): boolean {
  return runs.get()[id]?.state === "running";
}

export function enqueue(id: string, question: Question): void {
  queues.set((all) => ({ ...all, [id]: [...(all[id] ?? []), question] }));
}

export function unqueue(id: string, at: number): void {
  queues.set((all) => ({ ...all, [id]: (all[id] ?? []).toSpliced(at, 1) }));
}

/** Stopping is closing the connection: the server then stores what it had written. */
export function stopRun(id: string): void {
  controllers.get(id)?.abort();
}

export interface Start {
  conversationId: string;
  assistantId: string;
  question: Question;
  /** Answers this turn again instead of adding one. */
  historyIndex?: number | undefined;
}

function patch(id: string, change: (run: Run) => Run): void {
  runs.set((all) => {
    const run = all[id];
    return run ? { ...all, [id]: change(run) } : all;
  });
}

/** Chunks arrive far faster than the screen is drawn: they are gathered and shown once a frame. */
function frameBatcher(id: string) {
  let waiting: StreamChunk[] = [];
  const flush = () => {
    const chunks = waiting;
    waiting = [];
    if (chunks.length > 0) patch(id, (run) => chunks.reduce((now, chunk) => applyChunk(now, chunk, Date.now()), run));
  };
  const add = (chunk: StreamChunk) => {
    waiting.push(chunk);
    if (waiting.length > 1) return;
    // A hidden page draws no frames; its reply still has to grow.
    if (document.hidden) window.setTimeout(flush, 250);
    else requestAnimationFrame(flush);
  };
  return { add, flush };
}

async function stream({ conversationId, assistantId, question, historyIndex }: Start, signal: AbortSignal): Promise<ApiError | null> {
  const response = await send(`/assistants/${encodeURIComponent(assistantId)}/model`, {
    method: "POST",
    signal,
    json: {
      conversation_id: conversationId,
      text: question.text,
      file_names: question.files,
      stream: true,
      ...(historyIndex === undefined ? {} : { history_index: historyIndex }),
    },
  });
  if (!response.body) throw new Error("The server sent an empty answer");
  const batch = frameBatcher(conversationId);
  let complete = false;
  let failure: ApiError | null = null;
  try {
    for await (const value of jsonObjects(response.body)) {
      const chunk = value as StreamChunk;
      batch.add(chunk);
      complete ||= chunk.last === true;
      if (chunk.execution_error) {
        const { message, details } = chunk.error_details ?? {};
        const id = response.headers.get("X-Request-ID");
        failure = new ApiError(200, message ?? `The run ended with ${chunk.execution_error}`, details ?? null, null, id);
      }
    }
  } finally {
    batch.flush();
  }
  if (!complete) throw new Error("The connection was cut before the answer was complete");
  return failure;
}

const SETTLE_MS = [0, 300, 1_000, 2_500] as const;

/** Waits until the stored history holds this turn, then lets it replace the live one: no flicker in between. */
async function settle(client: QueryClient, run: Run, itemsBefore: number): Promise<void> {
  const { queryKey } = conversationQuery(run.conversationId);
  for (const delay of SETTLE_MS) {
    await new Promise((resolve) => window.setTimeout(resolve, delay));
    const stored = await client.query({ ...conversationQuery(run.conversationId), staleTime: 0 }).catch(() => null);
    if (stored && stored.history.length > itemsBefore && stored.history.at(-1)?.status !== "running") {
      runs.set((all) => (all[run.conversationId]?.state === "failed" ? all : { ...all, [run.conversationId]: undefined }));
      break;
    }
  }
  void client.invalidateQueries({ queryKey: ["conversations", "list"] });
  void client.invalidateQueries({ queryKey, refetchType: "none" });
}

async function outcome(start: Start, signal: AbortSignal): Promise<Pick<Run, "state" | "error">> {
  try {
    const error = await stream(start, signal);
    return { state: error ? "failed" : "done", error };
  } catch (error) {
    if (signal.aborted) return { state: "stopped", error: null };
    return { state: "failed", error: error instanceof Error ? error : new Error(String(error)) };
  }
}

/** Sends a question and follows the reply to its end; then sends the next queued one. */
export async function startRun(client: QueryClient, start: Start): Promise<void> {
  const id = start.conversationId;
  const history = client.getQueryData(conversationQuery(id).queryKey)?.history ?? [];
  const controller = new AbortController();
  controllers.set(id, controller);
  const run: Run = {
    conversationId: id,
    assistantId: start.assistantId,
    question: start.question,
    index: start.historyIndex ?? (turnsFrom(history).at(-1)?.index ?? -1) + 1,
    fresh: history.length === 0,
    state: "running",
    thoughts: [],
    chunks: "",
    final: null,
    citations: [],
    startedAt: Date.now(),
    seconds: null,
    error: null,
  };
  runs.set((all) => ({ ...all, [id]: run }));
  const ended = await outcome(start, controller.signal);
  controllers.delete(id);
  patch(id, (now) => ({ ...now, ...ended, seconds: now.seconds ?? (Date.now() - now.startedAt) / 1000 }));
  await settle(client, run, history.length);
  const [next] = queues.get()[id] ?? [];
  if (next && ended.state !== "failed" && !isRunning(id)) {
    unqueue(id, 0);
    await startRun(client, { conversationId: id, assistantId: start.assistantId, question: next });
  }
}

/** Sends a failed or stopped question again, over its stored turn if the server kept one. */
export function retryRun(client: QueryClient, run: Run): void {
  const history = client.getQueryData(conversationQuery(run.conversationId).queryKey)?.history ?? [];
  const stored = history.some((item) => item.historyIndex === run.index);
  void startRun(client, { ...run, historyIndex: stored ? run.index : undefined });
}
