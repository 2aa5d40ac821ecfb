import { Search, X } from "lucide-react";
import { useRef, useState } from "react";

import { Input } from "@/components/ui/input";
import { cn } from "@/lib/cn";

interface SearchInputProps {
  value: string;
  onChange: (value: string) => void;
  label: string;
  className?: string;
}

/** A search field that reports what was typed after a short pause, so the URL and the server are not hit per key. */
export function SearchInput({ value, onChange, label, className }: SearchInputProps) {
  const [draft, setDraft] = useState(value);
  const [reported, setReported] = useState(value);
  const timer = useRef<number | undefined>(undefined);
  if (value !== reported) {
    setReported(value);
    if (value !== draft.trim()) setDraft(value);
  }
  const report = (next: string, delay: number) => {
    setDraft(next);
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => onChange(next.trim()), delay);
  };
  return (
    <div className={cn("relative", className)}>
      <Search className="pointer-events-none absolute top-2 left-2.5 size-4 text-fg-faint" aria-hidden />
      <Input
        type="text"
        role="searchbox"
        data-page-search
        aria-label={label}
        placeholder={label}
        value={draft}
        onChange={(event) => report(event.target.value, 200)}
        className="pr-8 pl-8"
      />
      {draft && (
        <button
          type="button"
          aria-label="Clear search"
          onClick={() => report("", 0)}
          className="absolute top-1 right-1 grid size-6 place-items-center rounded text-fg-muted hover:text-fg"
        >
          <X className="size-3.5" />
        </button>
      )}
    </div>
  );
}
