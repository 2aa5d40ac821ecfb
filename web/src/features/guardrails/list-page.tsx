import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Plus, ShieldCheck } from "lucide-react";

import { DataTable, rowLink, type Column } from "@/components/data-table";
import { EmptyState } from "@/components/empty-state";
import { Page } from "@/components/page";
import { Results } from "@/components/results";
import { SearchInput } from "@/components/search-input";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/select";
import { patched } from "@/lib/search";

import { useKeptProjects } from "./projects";
import { guardrailsQuery, type GuardrailRow } from "./queries";
import { text } from "./text";

const COLUMNS: readonly Column<GuardrailRow>[] = [
  {
    key: "name",
    label: text.name,
    cell: (row) => (
      <div className="min-w-0">
        <p className="truncate">
          <Link to="/administration/guardrails/$guardrailId" params={{ guardrailId: row.guardrailId }} className={`font-medium ${rowLink}`}>
            {row.name}
          </Link>
        </p>
        <p className="truncate text-xs text-fg-muted">{row.description}</p>
      </div>
    ),
  },
  { key: "changed", label: text.changed, align: "right", from: "sm", className: "w-32 text-fg-muted", cell: (row) => <Time value={row.update_date} /> },
];

function NewButton({ project }: { project: string }) {
  return (
    <Button asChild look="primary">
      <Link to="/administration/guardrails/new" search={{ project }}>
        <Plus /> {text.create}
      </Link>
    </Button>
  );
}

export function GuardrailsPage() {
  const search = useSearch({ from: "/app/administration/guardrails" });
  const navigate = useNavigate({ from: "/administration/guardrails" });
  const { projects, first } = useKeptProjects();
  const project = search.project ?? first;
  const options = [...new Set([project, ...projects])].map((name) => ({ value: name, label: name }));
  const query = useQuery(guardrailsQuery({ project, search: search.search, page: search.page }));
  return (
    <Page title={text.title} description={text.description} wide actions={<NewButton project={project} />}>
      <div className="flex flex-wrap items-center gap-2">
        <Select
          className="max-w-72"
          label={text.project}
          value={project}
          options={options}
          onChange={(value) => void navigate({ search: { project: value } })}
        />
        <SearchInput
          className="min-w-56 flex-1 sm:max-w-sm"
          label={text.search}
          value={search.search ?? ""}
          onChange={(value) => void navigate({ replace: true, search: (now) => patched(now, { search: value || undefined }) })}
        />
      </div>
      <Results
        query={query}
        loading={text.loading}
        failed={text.loadFailed}
        empty={
          <EmptyState icon={ShieldCheck} title={text.emptyTitle} text={text.emptyText}>
            <NewButton project={project} />
          </EmptyState>
        }
        noMatch={
          search.search
            ? { title: text.noMatchTitle, text: text.noMatchText, clear: text.clear, onClear: () => void navigate({ search: { project } }) }
            : undefined
        }
        onPage={(page) => void navigate({ search: (now) => ({ ...now, page }) })}
      >
        {(rows) => <DataTable label={text.title} rows={rows} columns={COLUMNS} rowKey={(row) => row.guardrailId} />}
      </Results>
    </Page>
  );
}
