import { parseDate } from "@/lib/format";

import type { ConversationSummary } from "./wire";

export interface Group {
  label: string;
  items: ConversationSummary[];
}

const DAY = 86_400_000;

function labelOf(conversation: ConversationSummary, midnight: number): string {
  if (conversation.pinned) return "Pinned";
  const time = parseDate(conversation.update_date).getTime();
  if (time >= midnight) return "Today";
  if (time >= midnight - DAY) return "Yesterday";
  return time >= midnight - 7 * DAY ? "Last 7 days" : "Older";
}

/** Pinned first, then by day; the order inside a group is the server's. */
export function groupsOf(conversations: readonly ConversationSummary[], now: Date = new Date()): Group[] {
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  const groups = new Map<string, ConversationSummary[]>();
  for (const item of conversations) {
    const label = labelOf(item, midnight);
    groups.set(label, [...(groups.get(label) ?? []), item]);
  }
  const order = ["Pinned", "Today", "Yesterday", "Last 7 days", "Older"];
  return order.flatMap((label) => (groups.has(label) ? [{ label, items: groups.get(label) ?? [] }] : []));
}
