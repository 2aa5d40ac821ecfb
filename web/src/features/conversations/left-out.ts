import type { Schemas } from "@/api/schema";

import { conversationMemory } from "./conversation-memory";

/** Parts of the assistant that a conversation does without. */
export type LeftOut = Required<Schemas["LeftOut"]>;
export type PartKind = keyof LeftOut;

export const NOTHING: LeftOut = { context: [], tools: [], mcpServers: [], assistantIds: [], skillIds: [] };

export const isNothing = (leftOut: LeftOut): boolean => Object.values(leftOut).every((names) => names.length === 0);

function isLeftOut(value: unknown): value is LeftOut {
  return typeof value === "object" && value !== null && Object.keys(NOTHING).every((kind) => Array.isArray((value as Record<string, unknown>)[kind]));
}

const memory = conversationMemory({ setting: "left-out", nothing: NOTHING, isNothing, isOne: isLeftOut });

/** What the conversation's requests leave out. */
export const leftOutOf = memory.of;
export const useLeftOut = memory.useOf;
export const leaveOut = memory.keep;

/** The same with one part switched over. */
export function switched(leftOut: LeftOut, kind: PartKind, name: string): LeftOut {
  const names = leftOut[kind];
  return { ...leftOut, [kind]: names.includes(name) ? names.filter((one) => one !== name) : [...names, name] };
}
