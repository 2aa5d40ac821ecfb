import { Link, type LinkProps } from "@tanstack/react-router";

import { cn } from "@/lib/cn";

interface Tab {
  key: string;
  label: string;
  count?: number | undefined;
  link: LinkProps;
}

/** Tabs that are links: the open tab lives in the URL. */
export function Tabs({ tabs, current, label }: { tabs: readonly Tab[]; current: string; label: string }) {
  return (
    <nav aria-label={label} className="flex gap-4 overflow-x-auto overflow-y-hidden border-b border-line">
      {tabs.map((tab) => (
        <Link
          key={tab.key}
          {...tab.link}
          aria-current={tab.key === current ? "page" : undefined}
          className={cn(
            "-mb-px inline-flex h-9 items-center gap-1.5 border-b-2 px-0.5 text-[13px] font-medium whitespace-nowrap focus-visible:-outline-offset-2",
            tab.key === current ? "border-accent-text text-fg" : "border-transparent text-fg-muted hover:text-fg",
          )}
        >
          {tab.label}
          {tab.count !== undefined && (
            <span className="rounded-full bg-muted px-1.5 text-xs text-fg-muted tabular-nums">{tab.count}</span>
          )}
        </Link>
      ))}
    </nav>
  );
}
