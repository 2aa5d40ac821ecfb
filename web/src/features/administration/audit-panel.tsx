import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import type { ReactNode } from "react";

import { Delayed } from "@/components/delayed";
import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { Sheet } from "@/components/ui/sheet";
import { absoluteTime } from "@/lib/format";

import { auditEventQuery, type AuditEvent } from "./audit-queries";
import { eventName, text } from "./audit-text";
import { actorOf, factName, shown } from "./audit-values";

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="grid gap-0.5 border-t border-line py-2 first:border-t-0">
      <dt className="text-xs text-fg-muted">{label}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </div>
  );
}

function Ways({ event }: { event: AuditEvent }) {
  return (
    <div className="flex flex-wrap gap-2">
      {event.actor_id && (
        <Button asChild size="sm">
          <Link to="/administration/audit" search={{ actor: event.actor_id }}>
            {text.onlyPerson}
          </Link>
        </Button>
      )}
      <Button asChild size="sm">
        <Link to="/administration/audit" search={{ entity: event.entity_id }}>
          {text.onlyEntity}
        </Link>
      </Button>
      {event.entity_type === "user" && event.entity_id !== "unknown" && (
        <Button asChild size="sm">
          <Link to="/administration/users/$userId" params={{ userId: event.entity_id }}>
            {text.openUser}
          </Link>
        </Button>
      )}
      {event.entity_type === "project" && (
        <Button asChild size="sm">
          <Link to="/administration/projects/$projectName" params={{ projectName: event.entity_id }}>
            {text.openProject}
          </Link>
        </Button>
      )}
    </div>
  );
}

function Details({ event }: { event: AuditEvent }) {
  const facts = Object.entries(event.attributes);
  return (
    <div className="grid gap-4">
      <dl className="grid text-sm">
        <Fact label={text.when}>{absoluteTime(event.created_at)}</Fact>
        <Fact label={text.who}>
          {actorOf(event)}
          {event.actor_email && event.actor_email !== actorOf(event) && <span className="block text-[13px] text-fg-muted">{event.actor_email}</span>}
        </Fact>
        <Fact label={text.event}>
          <code className="font-mono text-xs">{event.event_type}</code>
        </Fact>
        <Fact label={text.entity}>
          {event.entity_name && <span className="block">{event.entity_name}</span>}
          <code className="font-mono text-xs">{event.entity_id}</code>
        </Fact>
        {facts.map(([key, value]) => (
          <Fact key={key} label={factName(key)}>
            {shown(value)}
          </Fact>
        ))}
        <Fact label={text.id}>
          <code className="font-mono text-xs">{event.id}</code>
        </Fact>
      </dl>
      <Ways event={event} />
    </div>
  );
}

/** One entry beside the list. */
export function EventPanel({ id, at, onClose }: { id: string; at: string; onClose: () => void }) {
  const query = useQuery(auditEventQuery(id, at));
  const title = query.data ? eventName(query.data.event_type) : query.data === null ? text.gone : text.details;
  return (
    <Sheet open side="right" title={title} onOpenChange={onClose}>
      <header className="flex h-12 shrink-0 items-center gap-2 border-b border-line px-4">
        <p aria-hidden className="truncate text-sm font-semibold">
          {title}
        </p>
        <IconButton label={text.close} className="ml-auto" onClick={onClose}>
          <X />
        </IconButton>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto p-4">
        {query.isPending && (
          <Delayed label={text.loading}>
            <div className="skeleton h-64" />
          </Delayed>
        )}
        {query.isError && <ErrorNote title={text.entryFailed} error={query.error} onRetry={() => void query.refetch()} />}
        {query.data === null && <p className="text-sm text-fg-muted">{text.goneText}</p>}
        {query.data && <Details event={query.data} />}
      </div>
    </Sheet>
  );
}
