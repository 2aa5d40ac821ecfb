import { createStore, readSetting, useStore, writeSetting } from "@/app/store";
import type { Schemas } from "@/api/schema";

/** Parts of the assistant that a conversation does without. The server keeps nothing of it: it belongs to this browser. */
export type LeftOut = Required<Schemas["LeftOut"]>;
export type PartKind = keyof LeftOut;

export const NOTHING: LeftOut = { context: [], tools: [], mcpServers: [], assistantIds: [], skillIds: [] };

const SETTING = "left-out";
const MOST_CONVERSATIONS = 50;

type Entries = (readonly [id: string, leftOut: LeftOut])[];

function isLeftOut(value: unknown): value is LeftOut {
  return typeof value === "object" && value !== null && Object.keys(NOTHING).every((kind) => Array.isArray((value as Record<string, unknown>)[kind]));
}

function stored(): Map<string, LeftOut> {
  try {
    const entries = JSON.parse(readSetting(SETTING) ?? "[]") as Entries;
    return new Map(entries.filter(([, leftOut]) => isLeftOut(leftOut)));
  } catch {
    return new Map();
  }
}

const store = createStore(stored());

export const isNothing = (leftOut: LeftOut): boolean => Object.values(leftOut).every((names) => names.length === 0);

/** What the conversation's requests leave out. */
export const leftOutOf = (conversationId: string): LeftOut => store.get().get(conversationId) ?? NOTHING;

export const useLeftOut = (conversationId: string): LeftOut => useStore(store, (all) => all.get(conversationId) ?? NOTHING);

/** Remembers the choice for this conversation; the oldest are forgotten. */
export function leaveOut(conversationId: string, leftOut: LeftOut): void {
  const others = [...store.get()].filter(([id]) => id !== conversationId);
  const entries: Entries = isNothing(leftOut) ? others : [...others, [conversationId, leftOut]];
  const kept = entries.slice(-MOST_CONVERSATIONS);
  store.set(new Map(kept));
  writeSetting(SETTING, JSON.stringify(kept));
}

/** The same with one part switched over. */
export function switched(leftOut: LeftOut, kind: PartKind, name: string): LeftOut {
  const names = leftOut[kind];
  return { ...leftOut, [kind]: names.includes(name) ? names.filter((one) => one !== name) : [...names, name] };
}
