import type { UseQueryResult } from "@tanstack/react-query";
import { SearchX } from "lucide-react";
import type { ReactNode } from "react";

import { Delayed } from "@/components/delayed";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { Pager, type Position } from "@/components/pager";
import { Button } from "@/components/ui/button";

interface ResultsProps<Row> {
  query: UseQueryResult<{ data: Row[]; pagination: Position }>;
  loading: string;
  failed: string;
  /** Shown when there is nothing and nothing was asked for. */
  empty: ReactNode;
  /** Set while a search or a filter is: what to say when nothing matches, and how to undo it. */
  noMatch?: { title: string; text: string; clear: string; onClear: () => void } | undefined;
  onPage: (page: number) => void;
  children: (rows: Row[]) => ReactNode;
}

/** The lower part of every list: skeleton, error with a retry, emptiness, or the rows with their pager. */
export function Results<Row>({ query, loading, failed, empty, noMatch, onPage, children }: ResultsProps<Row>) {
  if (query.isPending) return <RowSkeleton label={loading} />;
  if (query.isError) return <ErrorNote title={failed} error={query.error} onRetry={() => void query.refetch()} />;
  const { data: rows, pagination } = query.data;
  if (rows.length > 0) {
    return (
      <>
        {children(rows)}
        <Pager pagination={pagination} onPage={onPage} />
      </>
    );
  }
  if (!noMatch) return <>{empty}</>;
  return (
    <EmptyState icon={SearchX} title={noMatch.title} text={noMatch.text}>
      <Button onClick={noMatch.onClear}>{noMatch.clear}</Button>
    </EmptyState>
  );
}

export function RowSkeleton({ label, rows = 5 }: { label: string; rows?: number }) {
  return (
    <Delayed label={label}>
      <div className="grid gap-2">
        {Array.from({ length: rows }, (_, index) => (
          <div key={index} className="skeleton h-13" />
        ))}
      </div>
    </Delayed>
  );
}
