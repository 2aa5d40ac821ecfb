import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Store } from "lucide-react";

import { DataTable, rowLink, type Column } from "@/components/data-table";
import { EmptyState } from "@/components/empty-state";
import { Results } from "@/components/results";
import { SearchInput } from "@/components/search-input";
import { Badge } from "@/components/ui/badge";
import { patched } from "@/lib/search";

import { text } from "./page-text";
import { catalogueQuery, type CatalogueEntry } from "./queries";
import { kindOf } from "./server-draft";
import { text as common } from "./text";

const PER_PAGE = 20;

const COLUMNS: readonly Column<CatalogueEntry>[] = [
  {
    key: "name",
    label: text.columns.server,
    className: "w-full",
    cell: (entry) => (
      <div className="grid min-w-0">
        <Link to="/mcp-servers/$configId" params={{ configId: entry.id }} className={`truncate font-medium ${rowLink}`}>
          {entry.name}
        </Link>
        {entry.description && <span className="truncate text-xs text-fg-muted">{entry.description}</span>}
      </div>
    ),
  },
  {
    key: "categories",
    label: text.categories,
    from: "lg",
    cell: (entry) => (
      <span className="flex flex-wrap gap-1">
        {entry.categories.map((category) => (
          <Badge key={category}>{category}</Badge>
        ))}
      </span>
    ),
  },
  { key: "kind", label: text.columns.kind, from: "md", cell: (entry) => common.kinds[kindOf(entry.config)] },
  { key: "users", label: text.columns.users, from: "sm", align: "right", cell: (entry) => entry.usage_count },
  {
    key: "state",
    label: text.columns.state,
    cell: (entry) =>
      entry.is_active ? (
        <Badge tone={entry.is_public ? "good" : "neutral"}>{entry.is_public ? text.offered : text.hidden}</Badge>
      ) : (
        <Badge tone="warn">{text.off}</Badge>
      ),
  },
];

/** The servers people can add to assistants; administrators see those that are off, too. */
export function CatalogueTab({ keeps }: { keeps: boolean }) {
  const { search, page = 0 } = useSearch({ from: "/app/mcp-servers" });
  const navigate = useNavigate({ from: "/mcp-servers" });
  const query = useQuery(catalogueQuery({ page, perPage: PER_PAGE, search, all: keeps }));
  return (
    <>
      <SearchInput
        className="sm:max-w-sm"
        label={text.search}
        value={search ?? ""}
        onChange={(value) => void navigate({ replace: true, search: (now) => patched(now, { search: value || undefined }) })}
      />
      <Results
        query={query}
        loading={text.loading}
        failed={text.loadFailed}
        empty={<EmptyState icon={Store} title={text.emptyTitle} text={text.emptyText} />}
        noMatch={search ? { title: text.noMatchTitle, text: text.noMatchText, clear: text.clear, onClear: () => void navigate({ search: {} }) } : undefined}
        onPage={(next) => void navigate({ search: (now) => ({ ...now, page: next }) })}
      >
        {(rows) => <DataTable label={text.tabs.catalogue} rows={rows} columns={COLUMNS} rowKey={({ id }) => id} muted={(entry) => !entry.is_active} />}
      </Results>
    </>
  );
}
