import { cn } from "@/lib/cn";
import { diffLines, hunks, type DiffLine } from "@/lib/diff";

import type { Comparison } from "./detail-queries";
import { text } from "./text";

const SIGNS = { same: " ", removed: "−", added: "+" };
const said = text.versions;

/** A value as lines that can be compared: texts as they are, lists one item a line, the rest as JSON. */
function linesOf(value: unknown): string {
  if (value === null || value === undefined || value === "") return "";
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map((item) => (typeof item === "string" ? item : nameOf(item))).join("\n");
  return JSON.stringify(value, null, 2);
}

function nameOf(item: unknown): string {
  const named = item as { name?: unknown; toolkit?: unknown; tools?: { name: string }[] | null };
  if (typeof named.toolkit === "string") return [named.toolkit, ...(named.tools ?? []).map((tool) => `  ${tool.name}`)].join("\n");
  return JSON.stringify(item, null, 2);
}

function Line({ line }: { line: DiffLine }) {
  return (
    <div
      className={cn(
        "flex gap-2 px-3",
        line.kind === "added" && "bg-good-soft text-good",
        line.kind === "removed" && "bg-bad-soft text-bad",
      )}
    >
      <span aria-hidden className="w-2 shrink-0 select-none">
        {SIGNS[line.kind]}
      </span>
      {line.kind !== "same" && <span className="sr-only">{line.kind === "added" ? said.added : said.removed}</span>}
      <span className="min-w-0 break-words whitespace-pre-wrap">{line.line || " "}</span>
    </div>
  );
}

function FieldDiff({ name, before, after }: { name: string; before: unknown; after: unknown }) {
  const lines = hunks(diffLines(linesOf(before), linesOf(after)));
  return (
    <div className="overflow-hidden rounded-lg border border-line">
      <h3 className="border-b border-line bg-subtle px-3 py-1.5 text-[13px] font-medium">{said.fields[name] ?? name.replaceAll("_", " ")}</h3>
      <div className="py-1 font-mono text-xs leading-5">
        {lines.map((line, index) =>
          line ? (
            <Line key={index} line={line} />
          ) : (
            <div key={index} className="px-3 text-fg-muted">
              <span aria-hidden>⋯</span>
              <span className="sr-only">{said.unchanged}</span>
            </div>
          ),
        )}
      </div>
    </div>
  );
}

/** What differs between two versions, field by field, line by line. */
export function VersionDiff({ comparison }: { comparison: Comparison }) {
  const fields = Object.entries(comparison.differences);
  if (fields.length === 0) return <p className="text-[13px] text-fg-muted">{comparison.change_summary}</p>;
  return (
    <div className="grid gap-3">
      {fields.map(([name, sides]) => (
        <FieldDiff key={name} name={name} before={sides["version1"]} after={sides["version2"]} />
      ))}
    </div>
  );
}
