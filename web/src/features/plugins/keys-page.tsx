import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Laptop, Plus } from "lucide-react";

import { DataTable, rowLink, type Column } from "@/components/data-table";
import { EmptyState } from "@/components/empty-state";
import { Page } from "@/components/page";
import { Results } from "@/components/results";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";

import { EngineNote } from "./engine-note";
import { OnlineBadge } from "./online-badge";
import { keysQuery, type PluginKey } from "./queries";
import { presetOf } from "./rights";
import { text } from "./text";

function NewKeyButton() {
  return (
    <Button asChild look="primary">
      <Link to="/plugins/new">
        <Plus /> {text.newKey}
      </Link>
    </Button>
  );
}

function RightsSaid({ row }: { row: PluginKey }) {
  const preset = presetOf(row.rights);
  return preset ? text.presets[preset].label : text.presets.own;
}

const whose = (row: PluginKey) => (row.scope === "user" ? text.mine : text.ofProject(row.project_name));

const COLUMNS: readonly Column<PluginKey>[] = [
  {
    key: "name",
    label: text.name,
    cell: (row) => (
      <div className="min-w-0">
        <p className="truncate">
          <Link to="/plugins/$keyId" params={{ keyId: row.id }} className={`font-medium ${rowLink}`}>
            {row.alias}
          </Link>
        </p>
        <p className="truncate text-xs text-fg-muted md:hidden">{whose(row)}</p>
      </div>
    ),
  },
  { key: "agents", label: text.agents, className: "w-36", cell: (row) => <OnlineBadge of={row} /> },
  { key: "whose", label: text.whose, from: "md", className: "w-56 max-w-56 truncate text-fg-muted", cell: whose },
  { key: "rights", label: text.rights, from: "sm", className: "w-36 text-fg-muted", cell: (row) => <RightsSaid row={row} /> },
  { key: "created", label: text.created, align: "right", from: "lg", className: "w-32 text-fg-muted", cell: (row) => <Time value={row.date} /> },
];

export function PluginKeysPage() {
  const { page = 0 } = useSearch({ from: "/app/plugins" });
  const navigate = useNavigate({ from: "/plugins" });
  const query = useQuery(keysQuery(page));
  return (
    <Page title={text.title} description={text.description} wide actions={<NewKeyButton />}>
      <EngineNote />
      <Results
        query={query}
        loading={text.loading}
        failed={text.loadFailed}
        empty={
          <EmptyState icon={Laptop} title={text.emptyTitle} text={text.emptyText}>
            <NewKeyButton />
          </EmptyState>
        }
        onPage={(next) => void navigate({ search: next ? { page: next } : {} })}
      >
        {(rows) => <DataTable label={text.title} rows={rows} columns={COLUMNS} rowKey={(row) => row.id} />}
      </Results>
    </Page>
  );
}
