import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { History } from "lucide-react";
import { useState } from "react";

import { Delayed } from "@/components/delayed";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { Pager } from "@/components/pager";
import { RowSkeleton } from "@/components/results";
import { Time } from "@/components/time";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { cn } from "@/lib/cn";

import { comparisonQuery, useRollback, VERSIONS_PER_PAGE, versionsQuery, type Version } from "./detail-queries";
import type { Assistant } from "./queries";
import { text } from "./text";
import { VersionDiff } from "./version-diff";

const said = text.versions;

function Row({ version, assistant, open }: { version: Version; assistant: Assistant; open: boolean }) {
  const current = version.version_number === assistant.version_count;
  return (
    <li className={cn("relative border-t border-line px-3 py-2 first:border-t-0 hover:bg-subtle", open && "bg-muted hover:bg-muted")}>
      <div className="flex items-center gap-2">
        <Link
          to="/assistants/$assistantId"
          params={{ assistantId: assistant.id }}
          search={(now) => ({ ...now, tab: "versions" as const, version: version.version_number })}
          aria-current={open ? "true" : undefined}
          className="text-[13px] font-medium after:absolute after:inset-0"
        >
          {said.number(version.version_number)}
        </Link>
        {current && <Badge tone="good">{said.current}</Badge>}
      </div>
      <p className="truncate text-xs text-fg-muted">
        {version.change_notes && `${version.change_notes} · `}
        {[version.created_by?.name, text.platform].find(Boolean)} · <Time value={version.created_date} />
      </p>
    </li>
  );
}

function Rollback({ assistant, version }: { assistant: Assistant; version: number }) {
  const [asking, setAsking] = useState(false);
  const navigate = useNavigate();
  const rollback = useRollback(assistant.id);
  const confirm = () =>
    rollback.mutate(version, {
      onSuccess: () => {
        setAsking(false);
        void navigate({ to: "/assistants/$assistantId", params: { assistantId: assistant.id }, search: { tab: "versions" } });
      },
    });
  return (
    <>
      <Button size="sm" onClick={() => setAsking(true)}>
        <History /> {said.rollback}
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={said.rollbackTitle(version)}
        consequence={said.rollbackText}
        action={said.rollbackAction}
        busy={rollback.isPending}
        error={rollback.error}
        onConfirm={confirm}
      />
    </>
  );
}

/** What a version changed: against the one before it, or what going back to it would change. */
function Selected({ assistant, number }: { assistant: Assistant; number: number }) {
  const latest = assistant.version_count;
  const current = number === latest;
  const [older, newer] = current ? [Math.max(1, number - 1), number] : [number, latest];
  const query = useQuery({ ...comparisonQuery(assistant.id, older, newer), enabled: latest > 1 });
  if (latest === 1) return <EmptyState icon={History} title={said.onlyTitle} text={said.onlyText} />;
  return (
    <section aria-label={said.changes} className="grid min-w-0 content-start gap-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h2 className="text-sm font-semibold">{said.between(older, newer)}</h2>
        {!current && assistant.user_abilities?.includes("write") && <Rollback assistant={assistant} version={number} />}
      </div>
      {query.isError && <ErrorNote title={said.compareFailed} error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && (
        <Delayed label={said.loading}>
          <div className="skeleton h-48" />
        </Delayed>
      )}
      {query.data && <VersionDiff comparison={query.data} />}
    </section>
  );
}

export function VersionsTab({ assistant }: { assistant: Assistant }) {
  const search = useSearch({ from: "/app/assistants/$assistantId" });
  const navigate = useNavigate({ from: "/assistants/$assistantId" });
  const page = search.page ?? 0;
  const query = useQuery(versionsQuery(assistant.id, page));
  const number = Math.min(search.version ?? assistant.version_count, assistant.version_count);
  if (query.isPending) return <RowSkeleton label={said.loading} />;
  if (query.isError) return <ErrorNote title={said.loadFailed} error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <div className="grid gap-6 md:grid-cols-[260px_minmax(0,1fr)]">
      <div className="grid content-start gap-3">
        <ul aria-label={text.tabs.versions} className="max-h-80 overflow-y-auto rounded-lg border border-line md:max-h-none">
          {query.data.versions.map((version) => (
            <Row key={version.id} version={version} assistant={assistant} open={version.version_number === number} />
          ))}
        </ul>
        <Pager
          pagination={{ page, per_page: VERSIONS_PER_PAGE, total: query.data.total_versions }}
          onPage={(next) => void navigate({ search: (now) => ({ ...now, page: next }) })}
        />
      </div>
      <Selected assistant={assistant} number={number} />
    </div>
  );
}
