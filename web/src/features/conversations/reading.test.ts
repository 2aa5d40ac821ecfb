import { describe, expect, it } from "vitest";

import { ApiError, unreachable } from "@/api/errors";

import { readReply } from "./reading";
import type { StreamChunk } from "./wire";

const OBJECTS = ["a", "b", "c", "d"].map((generated_chunk) => JSON.stringify({ generated_chunk })).concat(JSON.stringify({ last: true, generated: "abcd" }));
const NO_WAITS = [0, 0, 0];

/** A body that breaks after so many bytes, as a lost connection does. */
function broken(text: string, after: number): Response {
  let sent = false;
  return new Response(
    new ReadableStream({
      pull(controller) {
        if (sent) controller.error(new TypeError("network error"));
        else controller.enqueue(new TextEncoder().encode(text.slice(0, after)));
        sent = true;
      },
    }),
  );
}

async function read(open: () => Promise<Response>, reopen: (after: number) => Promise<Response | null>) {
  const taken: StreamChunk[] = [];
  await readReply({ open, reopen, take: (chunk) => taken.push(chunk), signal: new AbortController().signal, waits: NO_WAITS });
  return taken.map((chunk) => (chunk.last ? "end" : chunk.generated_chunk)).join("");
}

const whole = OBJECTS.join("");
const rest = (after: number) => Promise.resolve(new Response(OBJECTS.slice(after).join("")));

describe("a reply whose connection is lost", () => {
  it.each(Array.from({ length: whole.length - 1 }, (_, at) => at))("is read once and whole when cut after %i bytes", async (at) => {
    expect(await read(() => Promise.resolve(broken(whole, at)), rest)).toBe("abcdend");
  });

  it("is looked for again as long as each attempt brings something", async () => {
    const reopen = (after: number) => Promise.resolve(broken(OBJECTS.slice(after).join(""), (OBJECTS[after]?.length ?? 0) + 1));
    expect(await read(() => Promise.resolve(broken(whole, 0)), reopen)).toBe("abcdend");
  });

  it("is found again when the question went out but no answer came", async () => {
    expect(await read(() => Promise.reject(unreachable()), rest)).toBe("abcdend");
  });

  it("fails as it failed when there is nothing to come back to", async () => {
    await expect(read(() => Promise.reject(unreachable()), () => Promise.resolve(null))).rejects.toThrow("cannot be reached");
  });

  it("is given up when the server stays away", async () => {
    await expect(read(() => Promise.resolve(broken(whole, 5)), () => Promise.reject(unreachable()))).rejects.toThrow("cannot be reached");
  });

  it("is not asked for again when the question was refused", async () => {
    await expect(read(() => Promise.reject(new ApiError(503, "The server is busy")), rest)).rejects.toThrow("busy");
  });
});
