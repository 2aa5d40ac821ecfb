import { useEffect, useState } from "react";

import { cn } from "@/lib/cn";

export interface OutlineItem {
  id: string;
  label: string;
  /** How many things the part holds. */
  count?: number | undefined;
  wrong?: boolean;
}

function useCurrent(ids: readonly string[]): string | undefined {
  const [current, setCurrent] = useState(ids[0]);
  const key = ids.join();
  useEffect(() => {
    const seen = new Map<string, boolean>();
    const observer = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) seen.set(entry.target.id, entry.isIntersecting);
        setCurrent((now) => key.split(",").find((id) => seen.get(id)) ?? now);
      },
      { rootMargin: "-10% 0px -60% 0px" },
    );
    for (const id of key.split(",")) {
      const part = document.getElementById(id);
      if (part) observer.observe(part);
    }
    return () => observer.disconnect();
  }, [key]);
  return current;
}

/** The parts of a long form, beside it: where one is, what is filled, what is wrong. */
export function Outline({ label, items }: { label: string; items: readonly OutlineItem[] }) {
  const current = useCurrent(items.map(({ id }) => id));
  return (
    <nav aria-label={label} className="sticky top-6 hidden content-start gap-0.5 self-start lg:grid">
      {items.map((item) => (
        <a
          key={item.id}
          href={`#${item.id}`}
          aria-current={item.id === current ? "location" : undefined}
          onClick={(event) => {
            event.preventDefault();
            const part = document.getElementById(item.id);
            part?.scrollIntoView({ block: "start" });
            part?.focus({ preventScroll: true });
          }}
          className={cn(
            "flex min-h-8 items-center justify-between gap-2 rounded-md px-2.5 text-[13px]",
            item.id === current ? "bg-muted font-medium text-fg" : "text-fg-muted hover:text-fg",
          )}
        >
          {item.label}
          {item.wrong ? (
            <span className="size-2 rounded-full bg-bad-solid" role="img" aria-label="Needs attention" />
          ) : (
            Boolean(item.count) && <span className="text-xs text-fg-muted tabular-nums">{item.count}</span>
          )}
        </a>
      ))}
    </nav>
  );
}
