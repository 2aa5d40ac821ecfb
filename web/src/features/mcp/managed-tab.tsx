import { useQuery } from "@tanstack/react-query";
import { Terminal } from "lucide-react";

import { CopyField } from "@/components/copy-field";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { RowSkeleton } from "@/components/results";
import { Badge } from "@/components/ui/badge";

import { text } from "./page-text";
import { managedServersQuery } from "./queries";

/** The servers that command line clients install by themselves. */
export function ManagedTab() {
  const query = useQuery(managedServersQuery);
  if (query.isPending) return <RowSkeleton label={text.loading} />;
  if (query.isError) return <ErrorNote title={text.managedFailed} error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data.length === 0) return <EmptyState icon={Terminal} title={text.managedEmptyTitle} text={text.managedEmptyText} />;
  return (
    <div className="grid gap-3">
      <p className="text-[13px] text-fg-muted">{text.managedText}</p>
      <ul className="grid gap-3 lg:grid-cols-2">
        {query.data.map((server) => (
          <li key={server.name} className="grid content-start gap-2 rounded-lg border border-line p-4">
            <div className="flex flex-wrap items-center gap-2">
              <h2 className="text-sm font-semibold">{server.name}</h2>
              <Badge>{server.transport}</Badge>
              {server.auth === "oauth" && <Badge>OAuth</Badge>}
            </div>
            {server.description && <p className="text-[13px] text-fg-muted">{server.description}</p>}
            <CopyField label={server.name} value={server.url} />
            <p className="text-xs text-fg-muted">{server.clients?.join(", ") ?? text.managedAny}</p>
          </li>
        ))}
      </ul>
    </div>
  );
}
