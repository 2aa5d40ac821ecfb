import type { AuditEvent } from "./audit-queries";
import { text } from "./audit-text";

export const actorOf = (event: AuditEvent): string =>
  (event.actor_name ?? "") || (event.actor_email ?? "") || (event.actor_id ? text.deleted : text.platform);

/** A fact as a person reads it. */
export function shown(value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return value;
  if (typeof value === "number") return value.toLocaleString("en");
  if (Array.isArray(value)) return value.length > 0 ? value.map(shown).join(", ") : "–";
  return JSON.stringify(value);
}

export const factName = (key: string): string => {
  const words = key.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};

const TELLING = ["project_name", "name", "key", "email", "tried", "replacement", "reason", "method", "fields", "roles", "format"];

/** Whom or what it concerns, unless that is who did it. */
function subjectOf(event: AuditEvent): string | null {
  if (event.entity_type === "project") return event.entity_id;
  return event.entity_id === event.actor_id ? null : event.entity_name;
}

/** The subject and the one or two facts that tell most, for a row of the list. */
export function gist(event: AuditEvent): string {
  const facts = TELLING.filter((key) => event.attributes[key] !== undefined && event.attributes[key] !== null);
  const told = facts.slice(0, 2).map((key) => shown(event.attributes[key]));
  return [subjectOf(event), ...told].filter(Boolean).join(" · ");
}
