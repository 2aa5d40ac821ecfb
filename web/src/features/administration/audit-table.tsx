import { Link } from "@tanstack/react-router";

import { rowLink, type Column } from "@/components/data-table";
import { Face } from "@/components/face";
import { Time } from "@/components/time";
import { cn } from "@/lib/cn";

import type { AuditEvent } from "./audit-queries";
import { eventName } from "./audit-text";
import { text } from "./audit-text";
import { actorOf, gist } from "./audit-values";

const REFUSED = new Set(["user.login_failed", "credential.refused"]);

export const auditColumns: readonly Column<AuditEvent>[] = [
  {
    key: "what",
    label: text.what,
    cell: (event) => (
      <div className="min-w-0">
        <Link
          from="/administration/audit"
          to="/administration/audit"
          search={(now) => ({ ...now, event: event.id, at: event.created_at })}
          className={cn("block truncate font-medium", rowLink, REFUSED.has(event.event_type) && "text-bad")}
        >
          {eventName(event.event_type)}
        </Link>
        <p className="truncate text-xs text-fg-muted">{gist(event)}</p>
      </div>
    ),
  },
  {
    key: "who",
    label: text.who,
    from: "sm",
    className: "w-64",
    cell: (event) => (
      <span className="flex max-w-60 items-center gap-2">
        <Face name={actorOf(event)} className="size-6 text-[10px]" />
        <span className="truncate">{actorOf(event)}</span>
      </span>
    ),
  },
  {
    key: "when",
    label: text.when,
    align: "right",
    className: "w-32 text-fg-muted",
    sortable: true,
    cell: (event) => <Time value={event.created_at} />,
  },
];
