import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";

import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { Pager } from "@/components/pager";

import { skippedQuery } from "./queries";
import { text } from "./text";

/** Documents that could not be read, each with its reason; the rest of the source is unaffected. */
export function SkippedList({ id }: { id: string }) {
  const { page = 0 } = useSearch({ from: "/app/knowledge/$sourceId" });
  const navigate = useNavigate({ from: "/knowledge/$sourceId" });
  const query = useQuery(skippedQuery(id, page));
  if (query.isPending) return <div className="skeleton h-40" />;
  if (query.isError) return <ErrorNote title={text.skippedFailed} error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data.data.length === 0) return <EmptyState icon={CircleCheck} title={text.skippedEmptyTitle} text={text.skippedEmptyText} />;
  return (
    <div className="grid gap-3">
      <div className="overflow-hidden rounded-lg border border-line">
        <table className="w-full text-left text-[13px]">
          <thead className="border-b border-line bg-subtle text-xs text-fg-muted">
            <tr>
              <th className="px-4 py-2 font-medium">{text.document}</th>
              <th className="px-4 py-2 font-medium">{text.reason}</th>
            </tr>
          </thead>
          <tbody>
            {query.data.data.map((row) => (
              <tr key={`${row.source}/${row.code}`} className="border-t border-line align-top first:border-t-0">
                <td className="w-1/2 px-4 py-2 font-mono text-xs break-all">{row.source}</td>
                <td className="px-4 py-2 break-words text-fg-muted">{row.reason}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Pager pagination={query.data.pagination} onPage={(next) => void navigate({ search: (now) => ({ ...now, page: next }) })} />
    </div>
  );
}
