import { useSuspenseQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { MoreHorizontal, Pencil, ScrollText, Trash2 } from "lucide-react";

import type { Column } from "@/components/data-table";
import { IconButton } from "@/components/ui/icon-button";
import { Menu, MenuContent, MenuItem, MenuTrigger } from "@/components/ui/menu";
import { sessionQuery } from "@/features/identity/queries";
import { readsAudit } from "@/features/identity/rights";

import type { DynamicValue } from "./settings-queries";
import { text } from "./settings-text";
import { WhoChanged } from "./who-changed";

interface RowActions {
  onEdit: (row: DynamicValue) => void;
  onRemove: (row: DynamicValue) => void;
}

function ActionsMenu({ row, onEdit, onRemove }: RowActions & { row: DynamicValue }) {
  const { data: user } = useSuspenseQuery(sessionQuery);
  return (
    <Menu>
      <MenuTrigger asChild>
        <IconButton label={text.actions(row.key)}>
          <MoreHorizontal />
        </IconButton>
      </MenuTrigger>
      <MenuContent align="end">
        <MenuItem onSelect={() => onEdit(row)}>
          <Pencil /> {text.edit}
        </MenuItem>
        {readsAudit(user) && (
          <MenuItem asChild>
            <Link to="/administration/audit" search={{ entity: row.key }}>
              <ScrollText /> {text.history}
            </Link>
          </MenuItem>
        )}
        <MenuItem onSelect={() => onRemove(row)}>
          <Trash2 /> {text.remove}
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}

export const valueColumns = (actions: RowActions): readonly Column<DynamicValue>[] => [
  {
    key: "key",
    label: text.key,
    className: "w-full",
    cell: (row) => (
      <div className="min-w-0">
        <p className="truncate font-mono text-xs font-medium">{row.key}</p>
        {row.description && <p className="truncate text-xs text-fg-muted">{row.description}</p>}
      </div>
    ),
  },
  {
    key: "value",
    label: text.value,
    cell: (row) => (
      <span title={row.value} className="block max-w-28 truncate sm:max-w-60">
        {row.value}
      </span>
    ),
  },
  { key: "type", label: text.type, from: "md", className: "whitespace-nowrap text-fg-muted", cell: (row) => text.types[row.value_type] },
  {
    key: "changed",
    label: text.changed,
    from: "lg",
    className: "whitespace-nowrap",
    cell: (row) => <WhoChanged by={row.updated_by} at={row.updated_at} />,
  },
  { key: "actions", label: text.actions(""), headless: true, align: "right", cell: (row) => <ActionsMenu row={row} {...actions} /> },
];
