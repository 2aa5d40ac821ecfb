import { ApiError } from "@/api/errors";
import { jsonObjects } from "@/api/json-stream";

import type { StreamChunk } from "./wire";

/** How long to wait before each new attempt; a chunk that arrives starts over. */
const WAITS_MS = [0, 500, 1_000, 2_000, 4_000, 8_000, 15_000] as const;

export interface Reading {
  /** Asks the question, or opens the stream of one asked before. */
  open: () => Promise<Response>;
  /** Opens the stream behind the objects already taken; null when there is nothing to come back to. */
  reopen: (after: number) => Promise<Response | null>;
  take: (chunk: StreamChunk, response: Response) => void;
  signal: AbortSignal;
  waits?: readonly number[];
}

/** Whether another attempt may help: the connection was lost, or the server is away for a moment. */
function isPassing(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status === 0 || error.status >= 502;
}

async function readOnce(response: Response, take: (chunk: StreamChunk) => void): Promise<boolean> {
  if (!response.body) throw new Error("The server sent an empty answer");
  for await (const value of jsonObjects(response.body)) {
    const chunk = value as StreamChunk;
    take(chunk);
    if (chunk.last) return true;
  }
  return false;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Reads a reply to its end. When the connection is lost it goes on behind the last object: none twice, none left out. */
export async function readReply({ open, reopen, take, signal, waits = WAITS_MS }: Reading): Promise<void> {
  let taken = 0;
  let failures = 0;
  let opened = false;
  let lost: unknown = new Error("The connection was cut before the answer was complete");
  for (;;) {
    try {
      const response = await (failures === 0 && !opened ? open() : reopen(taken));
      if (!response) throw lost;
      opened = true;
      const complete = await readOnce(response, (chunk) => {
        taken += 1;
        failures = 0;
        take(chunk, response);
      });
      if (complete) return;
    } catch (error) {
      // A refusal of the question is an answer; what comes after it has begun may pass.
      if (signal.aborted || error === lost || !(opened ? isPassing(error) : error instanceof ApiError && error.status === 0)) throw error;
      lost = error;
    }
    const wait = waits[failures];
    if (wait === undefined) throw lost;
    failures += 1;
    await pause(wait);
    if (signal.aborted) throw new DOMException("Stopped", "AbortError");
  }
}
