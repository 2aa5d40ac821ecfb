import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { FolderKanban, Plus } from "lucide-react";

import { ColumnsMenu, useColumns } from "@/components/columns-menu";
import { DataTable } from "@/components/data-table";
import { EmptyState } from "@/components/empty-state";
import { FilterChip } from "@/components/filter-chip";
import { Page } from "@/components/page";
import { Results } from "@/components/results";
import { SearchInput } from "@/components/search-input";
import { Button } from "@/components/ui/button";
import { patched } from "@/lib/search";

import { projectsQuery } from "./project-queries";
import { projectColumns } from "./project-table";
import { text } from "./project-text";

const KINDS = [
  { value: "shared", label: text.shared },
  { value: "personal", label: text.personal },
];

function NewProjectButton() {
  return (
    <Button asChild look="primary">
      <Link to="/administration/projects/new">
        <Plus /> {text.create}
      </Link>
    </Button>
  );
}

export function ProjectsPage() {
  const search = useSearch({ from: "/app/administration/projects" });
  const navigate = useNavigate({ from: "/administration/projects" });
  const query = useQuery(projectsQuery(search));
  const { columns, hidden, toggle } = useColumns("projects", projectColumns);
  const onSort = (key: string, descending: boolean) => {
    const sort = key === "name" || key === "created_at" ? key : undefined;
    void navigate({ search: (now) => patched(now, { sort, order: descending ? ("desc" as const) : undefined }) });
  };
  return (
    <Page title={text.title} description={text.description} wide actions={<NewProjectButton />}>
      <div className="flex flex-wrap items-center gap-2">
        <SearchInput
          className="min-w-56 flex-1 sm:max-w-sm"
          label={text.search}
          value={search.search ?? ""}
          onChange={(value) => void navigate({ replace: true, search: (now) => patched(now, { search: value || undefined }) })}
        />
        <FilterChip
          label={text.kind}
          value={search.kind}
          choices={KINDS}
          onChange={(value) => void navigate({ search: (now) => patched(now, { kind: value === "shared" || value === "personal" ? value : undefined }) })}
        />
        <ColumnsMenu all={projectColumns} hidden={hidden} onToggle={toggle} />
      </div>
      <Results
        query={query}
        loading={text.loading}
        failed={text.loadFailed}
        empty={
          <EmptyState icon={FolderKanban} title={text.emptyTitle} text={text.emptyText}>
            <NewProjectButton />
          </EmptyState>
        }
        noMatch={
          (search.search ?? search.kind)
            ? { title: text.noMatchTitle, text: text.noMatchText, clear: text.clear, onClear: () => void navigate({ search: {} }) }
            : undefined
        }
        onPage={(page) => void navigate({ search: (now) => ({ ...now, page }) })}
      >
        {(rows) => (
          <>
            <DataTable
              label={text.title}
              rows={rows}
              columns={columns}
              rowKey={({ name }) => name}
              sorting={{ key: search.sort, descending: search.order === "desc", onSort }}
            />
            <p className="text-xs text-fg-muted">{text.countsNote}</p>
          </>
        )}
      </Results>
    </Page>
  );
}
