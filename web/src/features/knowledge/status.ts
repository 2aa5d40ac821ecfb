import type { Schemas } from "@/api/schema";
import type { Tone } from "@/components/ui/badge";

/** The fields of a data source's row that indexing moves; also the body of its progress events. */
export type Progress = Pick<
  Schemas["IndexListItem"],
  "current_state" | "complete_state" | "error" | "completed" | "is_fetching" | "is_queued"
>;

export interface Status {
  key: "failed" | "completed" | "queued" | "fetching" | "indexing";
  label: string;
  tone: Tone;
  running: boolean;
}

const STATUSES: Record<Status["key"], Status> = {
  failed: { key: "failed", label: "Failed", tone: "bad", running: false },
  completed: { key: "completed", label: "Ready", tone: "good", running: false },
  queued: { key: "queued", label: "Queued", tone: "neutral", running: true },
  fetching: { key: "fetching", label: "Fetching", tone: "accent", running: true },
  indexing: { key: "indexing", label: "Indexing", tone: "accent", running: true },
};

/** The order in which the flags decide is the wire contract of the data source row. */
export function statusOf(row: Progress): Status {
  if (row.error) return STATUSES.failed;
  if (row.completed) return STATUSES.completed;
  if (row.is_queued) return STATUSES.queued;
  return row.is_fetching ? STATUSES.fetching : STATUSES.indexing;
}

/** Share of documents done; null while the total is unknown. */
export function shareOf(row: Progress): number | null {
  const total = row.complete_state;
  return total > 0 ? row.current_state / total : null;
}
