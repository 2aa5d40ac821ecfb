import { Columns3 } from "lucide-react";
import { useState } from "react";

import { readSetting, writeSetting } from "@/app/store";
import type { Column } from "@/components/data-table";
import { Button } from "@/components/ui/button";
import { Menu, MenuCheckboxItem, MenuContent, MenuTrigger } from "@/components/ui/menu";

/** Which columns of a table are shown; the choice is remembered in this browser. The first one always is. */
export function useColumns<Row>(table: string, all: readonly Column<Row>[]) {
  const [hidden, setHidden] = useState(() => new Set((readSetting(`columns.${table}`) ?? "").split(",").filter(Boolean)));
  const toggle = (key: string) => {
    const next = new Set(hidden);
    if (!next.delete(key)) next.add(key);
    setHidden(next);
    writeSetting(`columns.${table}`, [...next].join(","));
  };
  return { columns: all.filter(({ key }) => !hidden.has(key)), hidden, toggle };
}

interface ColumnsMenuProps<Row> {
  all: readonly Column<Row>[];
  hidden: ReadonlySet<string>;
  onToggle: (key: string) => void;
}

export function ColumnsMenu<Row>({ all, hidden, onToggle }: ColumnsMenuProps<Row>) {
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button look="ghost" className="ml-auto hidden sm:inline-flex">
          <Columns3 /> Columns
        </Button>
      </MenuTrigger>
      <MenuContent align="end">
        {all
          .filter((column, index) => index > 0 && !column.headless)
          .map((column) => (
            <MenuCheckboxItem
              key={column.key}
              checked={!hidden.has(column.key)}
              onCheckedChange={() => onToggle(column.key)}
              onSelect={(event) => event.preventDefault()}
            >
              {column.label}
            </MenuCheckboxItem>
          ))}
      </MenuContent>
    </Menu>
  );
}
