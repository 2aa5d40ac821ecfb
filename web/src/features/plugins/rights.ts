import { ApiError } from "@/api/errors";

import type { Rights } from "./queries";

export const PRESETS = ["ask", "read", "all"] as const;
export type Preset = (typeof PRESETS)[number];

const EVERYTHING: Rights = { read_only: false, allowed_tools: ["*"], denied_tools: [], arguments: [], ask: "never", asks: [] };

const RIGHTS: Record<Preset, Rights> = {
  ask: { ...EVERYTHING, ask: "writes" },
  read: { ...EVERYTHING, read_only: true },
  all: EVERYTHING,
};

export const rightsOf = (preset: Preset): Rights => RIGHTS[preset];

/** The preset that the rights are, null for rights of their own. */
export function presetOf(rights: Rights): Preset | null {
  const ruled = (rights.allowed_tools ?? []).join() !== "*" || [rights.denied_tools, rights.arguments, rights.asks].some((rules) => rules?.length);
  if (ruled) return null;
  if (rights.read_only) return "read";
  return { never: "all" as const, writes: "ask" as const, always: null }[rights.ask];
}

/** What the server refused of one part of the rights, by the path inside it, such as `0.pattern`. */
export function problemsIn(part: keyof Rights, error: unknown): Readonly<Record<string, string>> {
  const start = `${part}.`;
  const all = error instanceof ApiError ? Object.entries(error.valueProblems) : [];
  return Object.fromEntries(all.filter(([path]) => path.startsWith(start)).map(([path, problem]) => [path.slice(start.length), problem]));
}

export const linesOf = (globs: readonly string[] | undefined): string => (globs ?? []).join("\n");

/** Names as they were typed, one a line; what is empty is nothing. */
export const globsOf = (lines: string): string[] =>
  lines
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
