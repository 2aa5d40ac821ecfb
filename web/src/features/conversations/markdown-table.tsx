import { Check, Download, Table } from "lucide-react";
import { useRef, useState, type ReactNode } from "react";

import { IconButton } from "@/components/ui/icon-button";
import { copyText } from "@/lib/clipboard";

import { toCsv } from "./csv";
import { saveAs } from "./download";
import { text } from "./text";

const csvOf = (table: HTMLTableElement | null): string =>
  toCsv([...(table?.rows ?? [])].map((row) => [...row.cells].map((cell) => cell.innerText.trim())));

/** A table that scrolls and can be taken along. */
export function MarkdownTable({ children }: { children?: ReactNode }) {
  const table = useRef<HTMLTableElement>(null);
  const [copied, setCopied] = useState(false);
  const copy = () =>
    void copyText(csvOf(table.current)).then(() => {
      setCopied(true);
      window.setTimeout(() => setCopied(false), 1_500);
    });
  return (
    <div className="group/table relative my-3 rounded-lg border border-line">
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling region must be reachable by keyboard */}
      <div tabIndex={0} role="group" aria-label={text.table} className="overflow-x-auto rounded-lg focus-visible:-outline-offset-2">
        <table ref={table} className="w-full text-left text-[13px]">
          {children}
        </table>
      </div>
      <div className="absolute -top-3.5 right-2 flex rounded-md border border-line bg-raised opacity-0 group-focus-within/table:opacity-100 group-hover/table:opacity-100 pointer-coarse:opacity-100">
        <IconButton label={copied ? text.copied : text.copyCsv} side="top" onClick={copy}>
          {copied ? <Check /> : <Table />}
        </IconButton>
        <IconButton label={text.saveCsv} side="top" onClick={() => saveAs(new Blob(["\ufeff", csvOf(table.current)], { type: "text/csv" }), "table.csv")}>
          <Download />
        </IconButton>
      </div>
    </div>
  );
}
