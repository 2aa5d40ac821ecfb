import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { Plus, SlidersHorizontal } from "lucide-react";
import { useState, type ReactNode } from "react";

import { DataTable } from "@/components/data-table";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { Page } from "@/components/page";
import { RowSkeleton } from "@/components/results";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Tabs } from "@/components/ui/tabs";

import { ComponentForm } from "./component-form";
import { declarationsQuery, useDeleteValue, valuesQuery, type DynamicValue } from "./settings-queries";
import { text } from "./settings-text";
import { ValueDialog } from "./value-dialog";
import { holdsComponent } from "./value-draft";
import { valueColumns } from "./value-table";

function Loaded<T>({ query, children }: { query: UseQueryResult<T>; children: (data: T) => ReactNode }) {
  if (query.isPending) return <RowSkeleton label={text.loading} />;
  if (query.isError) return <ErrorNote title={text.loadFailed} error={query.error} onRetry={() => void query.refetch()} />;
  return <>{children(query.data)}</>;
}

function Components() {
  const query = useQuery(declarationsQuery);
  return (
    <Loaded query={query}>
      {(components) => (
        <div>
          {components.map((component) => (
            // What is stored begins the form anew.
            <ComponentForm key={`${component.component_id} ${JSON.stringify(component.value)}`} component={component} />
          ))}
        </div>
      )}
    </Loaded>
  );
}

function DeleteValue({ row, onClose }: { row: DynamicValue; onClose: () => void }) {
  const remove = useDeleteValue();
  return (
    <Confirm
      open
      onOpenChange={onClose}
      title={text.removeTitle(row.key)}
      consequence={text.removeText}
      action={text.removeAction}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(row.key, { onSuccess: onClose })}
    />
  );
}

type Doing = { what: "add" } | { what: "edit" | "remove"; row: DynamicValue };

function Values() {
  const query = useQuery(valuesQuery);
  const [doing, setDoing] = useState<Doing>();
  const done = () => setDoing(undefined);
  const columns = valueColumns({ onEdit: (row) => setDoing({ what: "edit", row }), onRemove: (row) => setDoing({ what: "remove", row }) });
  const add = (
    <Button look="primary" onClick={() => setDoing({ what: "add" })}>
      <Plus /> {text.add}
    </Button>
  );
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-sm text-fg-muted">{text.valuesText}</p>
        {add}
      </div>
      <Loaded query={query}>
        {(all) => {
          const rows = all.filter((row) => !holdsComponent(row));
          if (rows.length === 0) return <EmptyState icon={SlidersHorizontal} title={text.emptyTitle} text={text.emptyText} />;
          return <DataTable label={text.tabs.values} rows={rows} columns={columns} rowKey={({ key }) => key} />;
        }}
      </Loaded>
      {doing?.what === "add" && <ValueDialog row={null} onClose={done} />}
      {doing?.what === "edit" && <ValueDialog row={doing.row} onClose={done} />}
      {doing?.what === "remove" && <DeleteValue row={doing.row} onClose={done} />}
    </>
  );
}

/** What administrators change while the platform runs. */
export function SettingsPage() {
  const { tab = "components" } = useSearch({ from: "/app/administration/settings" });
  const at = "/administration/settings";
  const tabs = [
    { key: "components", label: text.tabs.components, link: { to: at, search: {} } },
    { key: "values", label: text.tabs.values, link: { to: at, search: { tab: "values" } } },
  ] as const;
  return (
    <Page title={text.title} description={text.description} wide>
      <Tabs label={text.title} tabs={tabs} current={tab} />
      {tab === "components" ? <Components /> : <Values />}
    </Page>
  );
}
