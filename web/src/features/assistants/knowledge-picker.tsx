import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FileText, GitBranch, Plus } from "lucide-react";
import { Checkbox } from "radix-ui";
import { useId, useState } from "react";

import { ErrorNote } from "@/components/error-note";
import { SearchInput } from "@/components/search-input";
import { Button } from "@/components/ui/button";

import { sameContext } from "./draft";
import { contextQuery, type ContextRef } from "./queries";
import { text } from "./text";

interface KnowledgePickerProps {
  project: string;
  value: ContextRef[];
  onChange: (value: ContextRef[]) => void;
}

function Row({ item, checked, onToggle }: { item: ContextRef; checked: boolean; onToggle: () => void }) {
  const id = useId();
  const Icon = item.context_type === "code" ? GitBranch : FileText;
  return (
    <li className="flex items-center gap-2.5 border-t border-line px-3 first:border-t-0 hover:bg-subtle">
      <Checkbox.Root
        id={id}
        checked={checked}
        onCheckedChange={onToggle}
        className="grid size-4.5 shrink-0 place-items-center rounded border border-line-strong data-[state=checked]:border-accent data-[state=checked]:bg-accent data-[state=checked]:text-accent-fg"
      >
        <Checkbox.Indicator>
          <svg viewBox="0 0 16 16" className="size-3.5" fill="none" stroke="currentColor" strokeWidth="2" aria-hidden>
            <path d="m3.5 8.5 3 3 6-7" />
          </svg>
        </Checkbox.Indicator>
      </Checkbox.Root>
      <label htmlFor={id} className="flex min-h-9 flex-1 cursor-pointer items-center gap-2 text-[13px]">
        <Icon className="size-4 shrink-0 text-fg-muted" aria-hidden />
        <span className="break-all">{item.name}</span>
      </label>
    </li>
  );
}

/** Chooses data sources of the project; the wire refers to them by name and kind. */
export function KnowledgePicker({ project, value, onChange }: KnowledgePickerProps) {
  const query = useQuery(contextQuery(project));
  const [filter, setFilter] = useState("");
  if (query.isPending) return <div className="skeleton h-24" />;
  if (query.isError) return <ErrorNote title="The data sources could not be loaded" error={query.error} onRetry={() => void query.refetch()} />;
  const missing = value.filter((item) => !query.data.some((other) => sameContext(item, other)));
  const all: ContextRef[] = [...missing, ...query.data.map(({ context_type, name }) => ({ context_type, name }))];
  if (all.length === 0) {
    return (
      <div className="flex flex-wrap items-center justify-between gap-3 rounded-lg border border-dashed border-line-strong/60 px-4 py-4 text-[13px] text-fg-muted">
        {text.knowledgeEmpty}
        <Button asChild size="sm">
          <Link to="/knowledge/new" search={{ type: "file" }}>
            <Plus /> {text.knowledgeAdd}
          </Link>
        </Button>
      </div>
    );
  }
  const toggle = (item: ContextRef, on: boolean) =>
    onChange(on ? value.filter((other) => !sameContext(item, other)) : [...value, item]);
  return (
    <div className="grid gap-2">
      {all.length > 8 && <SearchInput label={text.knowledgeFilter} value={filter} onChange={setFilter} />}
      <ul className="max-h-72 overflow-y-auto rounded-lg border border-line">
        {all
          .filter((item) => item.name.toLowerCase().includes(filter.toLowerCase()))
          .map((item) => {
            const checked = value.some((other) => sameContext(item, other));
            return <Row key={`${item.context_type}/${item.name}`} item={item} checked={checked} onToggle={() => toggle(item, checked)} />;
          })}
      </ul>
    </div>
  );
}
