/** The type of an assistant whose answers an agent on another server gives. */
export const REMOTE = "A2A";

/** What an agent on another server says of itself, as far as it is shown; the rest is kept as it came. */
export interface AgentCard {
  name: string;
  url: string;
  version: string;
  description?: string | null;
  skills: { id: string; name: string; description?: string | null }[];
  /** The credential that goes along with every question. */
  integration_id?: string | null;
  [more: string]: unknown;
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** The first field that an agent card must have and this one lacks; null where it is one. */
function lacking(card: Record<string, unknown>): string | null {
  const missing = ["name", "url", "version"].find((field) => !isText(card[field]));
  if (missing) return missing;
  if (!isObject(card["capabilities"])) return "capabilities";
  const skills = card["skills"];
  return Array.isArray(skills) && skills.every((skill) => isObject(skill) && isText(skill["id"]) && isText(skill["name"])) ? null : "skills";
}

export type ReadCard = { card: AgentCard } | { lacks: string } | { lacks: null };

/** Reads a card that somebody pasted. `lacks` names the field that is missing, null where it is no JSON object. */
export function readCard(typed: string): ReadCard {
  try {
    const card: unknown = JSON.parse(typed);
    if (!isObject(card)) return { lacks: null };
    const lacks = lacking(card);
    return lacks ? { lacks } : { card: card as AgentCard };
  } catch {
    return { lacks: null };
  }
}
