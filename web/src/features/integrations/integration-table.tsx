import { Link } from "@tanstack/react-router";

import { DataTable, rowLink, type Column } from "@/components/data-table";
import { Time } from "@/components/time";

import { useTypeLabel, type Setting } from "./queries";
import { text } from "./text";
import { TypeMark } from "./type-mark";

function TypeName({ type }: { type: string }) {
  return useTypeLabel()(type);
}

function NameCell({ row }: { row: Setting }) {
  return (
    <div className="flex min-w-0 items-center gap-3">
      <TypeMark type={row.credential_type} className="size-8 text-[10px]" />
      <div className="min-w-0">
        <p className="truncate">
          <Link to="/integrations/$scope/$settingId" params={{ scope: row.setting_type, settingId: row.id }} className={`font-medium ${rowLink}`}>
            {row.alias}
          </Link>
        </p>
        <p className="truncate text-xs text-fg-muted sm:hidden">
          <TypeName type={row.credential_type} />
        </p>
      </div>
    </div>
  );
}

const COLUMNS: readonly Column<Setting>[] = [
  { key: "name", label: text.name, cell: (row) => <NameCell row={row} /> },
  { key: "type", label: text.type, from: "sm", className: "w-40 text-fg-muted", cell: (row) => <TypeName type={row.credential_type} /> },
  {
    key: "project",
    label: text.project,
    from: "md",
    className: "w-64 max-w-64 truncate text-fg-muted",
    cell: (row) => (row.is_global ? text.everywhere : row.project_name),
  },
  { key: "changed", label: text.changed, align: "right", from: "sm", className: "w-32 text-fg-muted", cell: (row) => <Time value={row.update_date} /> },
];

export function IntegrationTable({ rows }: { rows: readonly Setting[] }) {
  return <DataTable label={text.title} rows={rows} columns={COLUMNS} rowKey={(row) => row.id} />;
}
