import type { QueryClient } from "@tanstack/react-query";

import { request, send } from "@/api/client";
import { ApiError } from "@/api/errors";
import { createStore, useStore } from "@/app/store";
import { stayWhile } from "@/features/identity/renewal";

import { AS_ASSISTANT, isChosen } from "./abilities";
import { ask, turnPath, type Decision, type Start } from "./asking";
import { branchOf } from "./branches";
import { conversationQuery, keepChoice } from "./queries";
import { readReply } from "./reading";
import { applyChunk, type Question, type Run } from "./run-state";
import { awaitTitle } from "./titles";
import { turnsFrom } from "./turns";
import type { Conversation, StreamChunk } from "./wire";

const runs = createStore<Record<string, Run | undefined>>({});
const queues = createStore<Record<string, Question[] | undefined>>({});
const controllers = new Map<string, AbortController>();
const NO_QUESTIONS: Question[] = [];

export const useRun = (id: string): Run | undefined => useStore(runs, (all) => all[id]);
export const useQueue = (id: string): Question[] => useStore(queues, (all) => all[id] ?? NO_QUESTIONS);

// A reply that streams in would be cut off.
stayWhile(() => Object.values(runs.get()).some((run) => run?.state === "running"));

export function isRunning(id: string): boolean {
  return runs.get()[id]?.state === "running";
}

/** Puts away how a reply ended; what the server kept of it stays. */
export function dismissRun(id: string): void {
  if (!isRunning(id)) runs.set((all) => ({ ...all, [id]: undefined }));
}

export function enqueue(id: string, question: Question): void {
  queues.set((all) => ({ ...all, [id]: [...(all[id] ?? []), question] }));
}

export function unqueue(id: string, at: number): void {
  queues.set((all) => ({ ...all, [id]: (all[id] ?? []).toSpliced(at, 1) }));
}

const STOP_MS = [0, 300, 1_000, 2_500] as const;

/** Stops the reply wherever it is written; one that has only just been asked for may not be known there yet. */
export function stopRun(id: string): void {
  const run = runs.get()[id];
  controllers.get(id)?.abort();
  if (run) void stopReply(turnPath(id, run.index));
}

async function stopReply(path: string): Promise<void> {
  for (const delay of STOP_MS) {
    await new Promise((resolve) => window.setTimeout(resolve, delay));
    const refusal = await request(`${path}/stop`, { method: "POST" }).then(() => null, (error: unknown) => error);
    if (!refusal || (refusal instanceof ApiError && refusal.status === 409)) return;
  }
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

/** The stream of the question's turn behind what was read of it; null when the server never heard the question. */
async function reopen(client: QueryClient, run: Run, after: number, signal: AbortSignal): Promise<Response | null> {
  const stored = await client.query({ ...conversationQuery(run.conversationId), staleTime: 0 }).catch((error: unknown) => {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  });
  const turn = turnsFrom(stored?.history ?? []).findLast(
    ({ index, variants }) => index >= run.index && variants.at(-1)?.question === run.question.text,
  );
  return turn ? send(`${turnPath(run.conversationId, turn.index)}/stream`, { signal, query: { after } }) : null;
}

async function stream(client: QueryClient, run: Run, open: () => Promise<Response>, signal: AbortSignal): Promise<ApiError | null> {
  const batch = frameBatcher(run.conversationId);
  let failure: ApiError | null = null;
  const take = (chunk: StreamChunk, response: Response) => {
    if (!runs.get()[run.conversationId]) show(run);
    batch.add(chunk);
    if (chunk.execution_error) {
      const { message, details } = chunk.error_details ?? {};
      const id = response.headers.get("X-Request-ID");
      failure = new ApiError(200, message ?? `The run ended with ${chunk.execution_error}`, details ?? null, null, id, chunk);
    }
  };
  try {
    await readReply({ open, reopen: (after) => reopen(client, run, after, signal), take, signal });
  } finally {
    batch.flush();
  }
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
      // What runs now was asked meanwhile, and is not ours to put away.
      const kept = ["failed", "running"];
      runs.set((all) => (kept.includes(all[run.conversationId]?.state ?? "") ? all : { ...all, [run.conversationId]: undefined }));
      break;
    }
  }
  void client.invalidateQueries({ queryKey: ["conversations", "list"] });
  void client.invalidateQueries({ queryKey, refetchType: "none" });
}

async function outcome(reading: Promise<ApiError | null>, signal: AbortSignal): Promise<Pick<Run, "state" | "error">> {
  try {
    const error = await reading;
    return { state: error ? "failed" : "done", error };
  } catch (error) {
    if (signal.aborted) return { state: "stopped", error: null };
    return { state: "failed", error: error instanceof Error ? error : new Error(String(error)) };
  }
}

function begun(start: Start, index: number, fresh: boolean): Run {
  return {
    conversationId: start.conversationId,
    assistantId: start.assistantId,
    question: start.question,
    model: start.model ?? null,
    pictures: start.pictures ?? AS_ASSISTANT,
    index,
    parentVariant: start.parentVariant ?? null,
    fresh,
    state: "running",
    thoughts: (start.earlier ?? []).map((thought) => ({ ...thought, startedAt: 0, endedAt: null })),
    chunks: "",
    final: null,
    citations: [],
    startedAt: Date.now(),
    seconds: null,
    error: null,
  };
}

function show(run: Run): void {
  runs.set((all) => ({ ...all, [run.conversationId]: run }));
}

/** Reads the reply to its end, lets the stored turn take its place, then sends the next queued question. */
async function finish(
  client: QueryClient,
  run: Run,
  open: (signal: AbortSignal) => Promise<Response>,
  itemsBefore: number,
  controller = new AbortController(),
): Promise<void> {
  const id = run.conversationId;
  controllers.set(id, controller);
  const { signal } = controller;
  const ended = await outcome(stream(client, run, () => open(signal), signal), signal);
  controllers.delete(id);
  patch(id, (now) => ({ ...now, ...ended, seconds: now.seconds ?? (Date.now() - now.startedAt) / 1000 }));
  await settle(client, run, itemsBefore);
  if (run.fresh && ended.state === "done") void awaitTitle(client, id);
  // The conversation is there now, to remember what was chosen before it was.
  const chosen = { ...(run.model ? { llm_model: run.model } : {}), ...(isChosen(run.pictures) ? run.pictures : {}) };
  if (run.fresh && Object.keys(chosen).length > 0) await keepChoice(client, id, chosen).catch(() => undefined);
  const [next] = queues.get()[id] ?? [];
  const last = client.getQueryData(conversationQuery(id).queryKey)?.history.at(-1);
  const waits = last?.status === "waiting" || Boolean(last?.interactiveRequest);
  if (next && !waits && ended.state !== "failed" && !isRunning(id)) {
    unqueue(id, 0);
    await startRun(client, { conversationId: id, assistantId: run.assistantId, question: next });
  }
}

function begunNow(client: QueryClient, start: Start): [run: Run, itemsBefore: number] {
  const history = client.getQueryData(conversationQuery(start.conversationId).queryKey)?.history ?? [];
  const last = branchOf(turnsFrom(history), null).at(-1);
  const end = { historyIndex: (last?.index ?? -1) + 1, parentVariant: last?.shown.number };
  const { historyIndex, parentVariant } = start.historyIndex === undefined ? end : { historyIndex: start.historyIndex, parentVariant: start.parentVariant };
  const run = begun({ ...start, parentVariant }, historyIndex, history.length === 0);
  return [run, start.decision ? history.length - 1 : history.length];
}

/** Sends a question and follows the reply to its end. */
export async function startRun(client: QueryClient, start: Start): Promise<void> {
  const [run, itemsBefore] = begunNow(client, start);
  show(run);
  await finish(client, run, (signal) => ask(start, signal), itemsBefore);
}

/**
 * Sends the answer to what the assistant asked, and fails where it is refused: until it is taken, the question stays as
 * it is. The reply then goes on by itself.
 */
export async function answerQuestion(client: QueryClient, start: Start): Promise<void> {
  const [run, itemsBefore] = begunNow(client, start);
  const controller = new AbortController();
  const response = await ask(start, controller.signal);
  show(run);
  void finish(client, run, () => Promise.resolve(response), itemsBefore, controller);
}

/** Whether the last reply is being written for a page that was reloaded, or for another one. */
export function isWrittenElsewhere(conversation: Conversation | undefined): boolean {
  return conversation?.history.at(-1)?.status === "running" && !controllers.has(conversation.id);
}

/** Follows that reply here too; what is stored of it is shown until the first object arrives. */
export async function followRun(client: QueryClient, conversation: Conversation): Promise<void> {
  const turn = branchOf(turnsFrom(conversation.history), null).at(-1);
  if (!turn?.shown.reply || !isWrittenElsewhere(conversation)) return;
  const { question, files, reply, follows: parentVariant } = turn.shown;
  const start = { parentVariant, conversationId: conversation.id, assistantId: reply.assistantId ?? "", question: { text: question, files } };
  const run = begun(start, turn.index, false);
  const open = (signal: AbortSignal) => send(`${turnPath(conversation.id, turn.index)}/stream`, { signal });
  await finish(client, run, open, conversation.history.length - 1);
}

/** Allows or denies the tool calls that wait in the last turn; its reply goes on where it stood. */
export function decide(client: QueryClient, start: Start, decision: Decision): Promise<void> {
  const history = client.getQueryData(conversationQuery(start.conversationId).queryKey)?.history ?? [];
  const earlier = history.at(-1)?.thoughts?.filter((thought) => !thought.interrupted || thought.author_type === "System");
  return startRun(client, { ...start, decision, earlier });
}

/** Sends a failed or stopped question again, over its stored turn if the server kept one. */
export async function retryRun(client: QueryClient, run: Run): Promise<void> {
  const now = await client.query({ ...conversationQuery(run.conversationId), staleTime: 0 }).catch(() => null);
  const turns = turnsFrom(now?.history ?? []);
  // One that was not kept is asked where it was; without branches that is where the server puts it.
  const named = turns.some(({ index }) => index === run.index) || turns.some(({ variants }) => variants.length > 1);
  await startRun(client, { ...run, historyIndex: named ? run.index : undefined });
}
