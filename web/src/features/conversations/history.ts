import { request } from "@/api/client";

import type { Conversation, HistoryItem } from "./wire";

/** So much is read first, and shown, before all of a long history is there. */
const END = 100;

/** The place of the first item that is here in the whole history. */
export const firstPlace = ({ pagination, history }: Conversation): number => (pagination ? pagination.total - history.length : 0);

const same = (one: HistoryItem | undefined, other: HistoryItem | undefined): boolean =>
  one !== undefined && one.historyIndex === other?.historyIndex && one.role === other?.role && one.date === other.date;

/** Whether a turn has a new version: what followed it without saying so is then tied to the version before, further up. */
function isBranched(known: readonly HistoryItem[], fresh: readonly HistoryItem[]): boolean {
  const next = new Set(fresh.flatMap(({ historyIndex, variant }) => (variant > 0 ? [(historyIndex ?? 0) + 1] : [])));
  return next.size > 0 && known.some(({ historyIndex, parentVariant }) => next.has(historyIndex ?? 0) && (parentVariant ?? null) === null);
}

/** The whole conversation from what was known of it and its end as it is now; null when they do not meet. */
export function joined(known: Conversation | undefined, end: Conversation): Conversation | null {
  const from = firstPlace(end);
  if (from === 0) return { ...end, pagination: null };
  // Whatever was taken out further up has moved the items on the border.
  if (!known || firstPlace(known) > 0 || !same(known.history[from], end.history[0])) return null;
  if (isBranched(known.history, end.history.slice(known.history.length - from))) return null;
  return { ...end, history: [...known.history.slice(0, from), ...end.history], pagination: null };
}

/** Reads a conversation: its end at once, and the rest only where it is not known yet. */
export async function readConversation(
  id: string,
  known: Conversation | undefined,
  show: (part: Conversation) => void,
  signal: AbortSignal,
): Promise<Conversation> {
  const path = `/conversations/${encodeURIComponent(id)}`;
  const newest = await request<Conversation>(path, { signal, query: { page: 0, per_page: END, sort_order: "desc" } });
  const end = { ...newest, history: newest.history.toReversed() };
  const whole = joined(known, end);
  if (whole) return whole;
  if (!known) show(end);
  return request<Conversation>(path, { signal });
}
