import type { AuditEvent } from "./audit-queries";
import { text } from "./audit-text";

const fact = (event: AuditEvent, key: string): string => {
  const value = event.attributes[key];
  return typeof value === "string" ? value : "";
};

/** Who did it; of somebody who could not prove who they are, where they came from, and who they said they are. */
export function actorOf(event: AuditEvent): string {
  const known = (event.actor_name ?? "") || (event.actor_email ?? "");
  if (known || event.actor_id) return known || text.deleted;
  const address = fact(event, "address");
  if (!address) return text.platform;
  const claimed = fact(event, "claimed") || fact(event, "tried");
  return claimed ? text.strangerAs(claimed, address) : text.stranger(address);
}

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
