import { CircleAlert, CircleCheck, CircleDashed, LoaderCircle } from "lucide-react";

import { Badge } from "@/components/ui/badge";

import { statusOf, type Progress } from "./status";

const ICONS = { failed: CircleAlert, completed: CircleCheck, queued: CircleDashed, fetching: LoaderCircle, indexing: LoaderCircle };

export function StatusBadge({ row }: { row: Progress }) {
  const status = statusOf(row);
  const Icon = ICONS[status.key];
  return (
    <Badge tone={status.tone}>
      <Icon aria-hidden className={Icon === LoaderCircle ? "animate-spin" : undefined} /> {status.label}
    </Badge>
  );
}
