import type { Schemas } from "@/api/schema";

import { conversationMemory } from "./conversation-memory";
import type { Conversation } from "./wire";

/** What the messages of a conversation may use besides the assistant's own tools. */
export interface Abilities {
  search: boolean;
  code: boolean;
}

export const NO_ABILITIES: Abilities = { search: false, code: false };

function areAbilities(value: unknown): value is Abilities {
  return typeof value === "object" && value !== null && Object.keys(NO_ABILITIES).every((name) => typeof (value as Record<string, unknown>)[name] === "boolean");
}

const memory = conversationMemory({
  setting: "abilities",
  nothing: NO_ABILITIES,
  isNothing: ({ search, code }) => !search && !code,
  isOne: areAbilities,
});

export const abilitiesOf = memory.of;
export const useAbilities = memory.useOf;
export const keepAbilities = memory.keep;

/** Whether a conversation makes pictures, and with what; null leaves it to the assistant. The server keeps it. */
export type Pictures = Pick<Conversation, "enable_image_generation" | "image_generation_model">;

export const AS_ASSISTANT: Pictures = { enable_image_generation: null, image_generation_model: null };

export const isChosen = (pictures: Pictures): boolean => Object.values(pictures).some((value) => value !== null);

/** The fields of a request that ask for all this. */
export function wishes({ search, code }: Abilities, pictures: Pictures = AS_ASSISTANT): Partial<Schemas["ChatRequest"]> {
  const chosen = Object.entries(pictures).filter(([, value]) => value !== null);
  return {
    ...(search ? { enable_web_search: true } : {}),
    ...(code ? { enable_code_interpreter: true } : {}),
    ...(Object.fromEntries(chosen) as Partial<Schemas["ChatRequest"]>),
  };
}
