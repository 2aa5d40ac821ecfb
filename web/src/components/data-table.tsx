import { ArrowDown, ArrowUp, ArrowUpDown } from "lucide-react";
import type { ReactNode } from "react";

import { Checkbox } from "@/components/ui/checkbox";
import { cn } from "@/lib/cn";

export interface Column<Row> {
  key: string;
  label: string;
  cell: (row: Row) => ReactNode;
  /** Numbers and times stand right. */
  align?: "right";
  /** The narrowest screen that shows it; the first column is always there and takes the room that is left. */
  from?: "sm" | "md" | "lg";
  className?: string;
  sortable?: boolean;
  /** Says nothing that needs a head, such as a menu of actions; the label is for readers only. */
  headless?: boolean;
}

export interface Sorting {
  key: string | undefined;
  descending: boolean;
  onSort: (key: string, descending: boolean) => void;
}

export interface Selection {
  keys: ReadonlySet<string>;
  /** What a row's box is called, and whether it can be ticked at all. */
  label: string;
  selectable: (key: string) => boolean;
  onChange: (keys: ReadonlySet<string>) => void;
}

const FROM = { sm: "hidden sm:table-cell", md: "hidden md:table-cell", lg: "hidden lg:table-cell" };
const place = <Row,>(column: Column<Row>) =>
  cn(column.from && FROM[column.from], column.align === "right" && "text-right tabular-nums", column.className);

function SortButton({ label, active, descending, onClick }: { label: string; active: boolean; descending: boolean; onClick: () => void }) {
  const Icon = active ? (descending ? ArrowDown : ArrowUp) : ArrowUpDown;
  return (
    <button type="button" onClick={onClick} className={cn("inline-flex min-h-6 items-center gap-1 hover:text-fg", active && "text-fg")}>
      {label} <Icon className={cn("size-3", !active && "opacity-60")} aria-hidden />
    </button>
  );
}

function Head<Row>({ column, sorting }: { column: Column<Row>; sorting: Sorting | undefined }) {
  const active = sorting?.key === column.key;
  const sorted = active ? (sorting.descending ? "descending" : "ascending") : undefined;
  return (
    <th scope="col" aria-sort={sorted} className={cn("px-3 py-2 font-medium first:pl-4 last:pr-4", place(column))}>
      {column.sortable && sorting ? (
        <SortButton
          label={column.label}
          active={active}
          descending={sorting.descending}
          onClick={() => sorting.onSort(column.key, active && !sorting.descending)}
        />
      ) : column.headless ? (
        <span className="sr-only">{column.label}</span>
      ) : (
        column.label
      )}
    </th>
  );
}

function toggled(keys: ReadonlySet<string>, changed: readonly string[], on: boolean): Set<string> {
  const next = new Set(keys);
  for (const key of changed) {
    if (on) next.add(key);
    else next.delete(key);
  }
  return next;
}

interface DataTableProps<Row> {
  label: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  rowKey: (row: Row) => string;
  rowLabel?: (row: Row) => string;
  sorting?: Sorting;
  selection?: Selection | undefined;
  /** Dims a row that is out of use. */
  muted?: (row: Row) => boolean;
}

/** The table of every list. A link in the first column with `rowLink` makes the whole row lead there. */
export function DataTable<Row>({ label, rows, columns, rowKey, rowLabel, sorting, selection, muted }: DataTableProps<Row>) {
  const selectable = selection ? rows.map(rowKey).filter(selection.selectable) : [];
  const ticked = selectable.filter((key) => selection?.keys.has(key)).length;
  return (
    <div className="overflow-x-auto overflow-y-hidden rounded-lg border border-line">
      <table aria-label={label} className="w-full table-auto text-[13px]">
        <thead className="border-b border-line bg-subtle text-left text-xs text-fg-muted">
          <tr>
            {selection && (
              <th scope="col" className="w-10 py-1 pl-3">
                <Checkbox
                  aria-label={selection.label}
                  disabled={selectable.length === 0}
                  checked={ticked === 0 ? false : ticked === selectable.length ? true : "indeterminate"}
                  onCheckedChange={(on) => selection.onChange(toggled(selection.keys, selectable, on === true))}
                />
              </th>
            )}
            {columns.map((column) => (
              <Head key={column.key} column={column} sorting={sorting} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const key = rowKey(row);
            return (
              <tr key={key} className={cn("relative border-t border-line first:border-t-0 hover:bg-subtle", muted?.(row) && "text-fg-muted")}>
                {selection && (
                  <td className="relative z-10 w-10 py-1 pl-3">
                    <Checkbox
                      aria-label={`Select ${rowLabel?.(row) ?? key}`}
                      disabled={!selection.selectable(key)}
                      checked={selection.keys.has(key)}
                      onCheckedChange={(on) => selection.onChange(toggled(selection.keys, [key], on === true))}
                    />
                  </td>
                )}
                {columns.map((column, index) => (
                  <td key={column.key} className={cn("px-3 py-2.5 first:pl-4 last:pr-4", index === 0 && "max-w-0", place(column))}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** On the link of a row: it covers the row, so that the whole of it can be clicked. */
export const rowLink = "after:absolute after:inset-0";
/** On controls inside a row with such a link. */
export const aboveRowLink = "relative z-10";
