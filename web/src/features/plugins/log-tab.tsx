import { History } from "lucide-react";

import { DataTable, type Column } from "@/components/data-table";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { RowSkeleton } from "@/components/results";
import { Time } from "@/components/time";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";

import { useCalls, type PluginCall } from "./queries";
import { text } from "./text";

const took = (milliseconds: number) => (milliseconds < 1000 ? `${String(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`);
const where = (row: PluginCall) => [row.host, row.label].filter(Boolean).join(" · ") || "–";

function Outcome({ row }: { row: PluginCall }) {
  return <Badge tone={row.outcome === "ok" ? "good" : "bad"}>{text.outcomes[row.outcome] ?? row.outcome}</Badge>;
}

const COLUMNS: readonly Column<PluginCall>[] = [
  {
    key: "tool",
    label: text.tool,
    cell: (row) => (
      <div className="min-w-0">
        <code className="block font-mono text-xs break-all">{row.tool}</code>
        <p className="text-xs break-words text-fg-muted">
          {row.actor_name}
          <span className="sm:hidden">
            {" · "}
            <Time value={row.at} />
          </span>
        </p>
        <p className="text-xs break-words text-fg-muted md:hidden">{where(row)}</p>
      </div>
    ),
  },
  { key: "where", label: text.where, from: "md", className: "w-56 max-w-56 truncate text-fg-muted", cell: where },
  { key: "outcome", label: text.outcome, className: "w-32", cell: (row) => <Outcome row={row} /> },
  { key: "took", label: text.took, from: "sm", align: "right", className: "w-24 text-fg-muted", cell: (row) => took(row.milliseconds) },
  { key: "when", label: text.when, from: "sm", align: "right", className: "w-32 text-fg-muted", cell: (row) => <Time value={row.at} /> },
];

/** What was called with the key; new calls appear by themselves. */
export function LogTab({ keyId }: { keyId: string }) {
  const query = useCalls(keyId);
  if (query.isPending) return <RowSkeleton label={text.logLoading} />;
  if (query.isError) return <ErrorNote title={text.logFailed} error={query.error} onRetry={() => void query.refetch()} />;
  const rows = query.data.pages.flatMap(({ data }) => data);
  if (rows.length === 0) return <EmptyState icon={History} title={text.noCallsTitle} text={text.noCallsText} />;
  return (
    <>
      <DataTable label={text.log} rows={rows} columns={COLUMNS} rowKey={(row) => row.id} />
      {query.hasNextPage && (
        <Button className="justify-self-center" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {text.older}
        </Button>
      )}
    </>
  );
}
