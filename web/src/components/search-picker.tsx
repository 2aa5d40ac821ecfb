import { Command } from "cmdk";
import { Check } from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";


export interface PickerItem {
  value: string;
  label: string;
  note?: string;
  icon?: ReactNode;
  /** Why it cannot be chosen. */
  blocked?: string | undefined;
}

interface SearchPickerProps {
  label: string;
  /** What the server found for the last search; undefined while it looks. */
  items: readonly PickerItem[] | undefined;
  chosen: ReadonlySet<string>;
  empty: string;
  onSearch: (search: string) => void;
  onToggle: (item: PickerItem) => void;
}

const PAUSE_MS = 200;

function Item({ item, chosen, onToggle }: { item: PickerItem; chosen: boolean; onToggle: () => void }) {
  return (
    <Command.Item
      value={item.value}
      disabled={item.blocked !== undefined}
      onSelect={onToggle}
      className="flex min-h-9 cursor-default items-center gap-2.5 rounded-md px-2 py-1 text-[13px] data-[disabled=true]:text-fg-muted data-[selected=true]:bg-muted"
    >
      {item.icon}
      <span className="grid min-w-0">
        <span className="truncate font-medium">{item.label}</span>
        {item.note && <span className="truncate text-xs text-fg-muted">{item.note}</span>}
      </span>
      <span className="ml-auto shrink-0 text-xs text-fg-muted">
        {item.blocked}
        {chosen && <Check className="size-4 text-accent-text" aria-label="Chosen" />}
      </span>
    </Command.Item>
  );
}

/** Finds things by typing, on the server, and chooses one or several of them. Works with the arrow keys. */
export function SearchPicker({ label, items, chosen, empty, onSearch, onToggle }: SearchPickerProps) {
  const [typed, setTyped] = useState("");
  useEffect(() => {
    const timer = window.setTimeout(() => onSearch(typed.trim()), PAUSE_MS);
    return () => window.clearTimeout(timer);
  }, [typed, onSearch]);
  return (
    <Command label={label} shouldFilter={false} className="overflow-hidden rounded-lg border border-line-strong/60">
      <Command.Input
        autoFocus
        value={typed}
        onValueChange={setTyped}
        placeholder={label}
        className="h-9 w-full border-b border-line bg-transparent px-3 text-sm placeholder:text-fg-faint focus-visible:outline-none"
      />
      <Command.List className="h-56 overflow-y-auto p-1" tabIndex={-1}>
        {items?.length === 0 && <p className="px-2 py-6 text-center text-[13px] text-fg-muted">{empty}</p>}
        {items?.map((item) => (
          <Item key={item.value} item={item} chosen={chosen.has(item.value)} onToggle={() => onToggle(item)} />
        ))}
      </Command.List>
    </Command>
  );
}
