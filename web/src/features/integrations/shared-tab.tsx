import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Cable } from "lucide-react";

import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { Pager } from "@/components/pager";
import { RowSkeleton } from "@/components/results";
import { SearchInput } from "@/components/search-input";
import { Button } from "@/components/ui/button";
import { patched } from "@/lib/search";

import { IntegrationTable } from "./integration-table";
import { useIntegrationProjects } from "./projects";
import { usableQuery, useTypeLabel } from "./queries";
import { text } from "./text";

const PAGE = 20;

/** What projects lend to this person, who may use it and not change it. */
export function SharedTab() {
  const { search = "", page = 0 } = useSearch({ from: "/app/integrations" });
  const navigate = useNavigate({ from: "/integrations" });
  const { of } = useIntegrationProjects();
  const query = useQuery(usableQuery);
  const labelOf = useTypeLabel();
  if (query.isPending) return <RowSkeleton label={text.loading} />;
  if (query.isError) return <ErrorNote title={text.loadFailed} error={query.error} onRetry={() => void query.refetch()} />;
  const lent = query.data.filter((row) => row.setting_type === "project" && !of.project.includes(row.project_name));
  const rows = lent.filter((row) => `${row.alias} ${row.project_name} ${labelOf(row.credential_type)}`.toLowerCase().includes(search.toLowerCase()));
  return (
    <>
      <SearchInput
        className="sm:max-w-sm"
        label={text.search}
        value={search}
        onChange={(value) => void navigate({ replace: true, search: (now) => patched(now, { search: value || undefined }) })}
      />
      {rows.length > 0 && <IntegrationTable rows={rows.slice(page * PAGE, (page + 1) * PAGE)} />}
      {rows.length === 0 && (
        <EmptyState icon={Cable} title={search ? text.noMatchTitle : text.emptyTitle} text={search ? text.noMatchText : text.emptyShared}>
          {search && <Button onClick={() => void navigate({ search: { tab: "shared" } })}>{text.clear}</Button>}
        </EmptyState>
      )}
      <Pager pagination={{ page, per_page: PAGE, total: rows.length }} onPage={(next) => void navigate({ search: (now) => ({ ...now, page: next }) })} />
    </>
  );
}
