import { ChevronRight } from "lucide-react";

import { text } from "@/features/toolkits/text";

/** The line that opens a toolkit, and how many of its tools the assistant has. */
export function KitSummary({ label, chosen }: { label: string; chosen: number }) {
  return (
    <summary className="flex min-h-9 list-none items-center gap-1.5 px-3 text-[13px] font-medium hover:bg-subtle [&::-webkit-details-marker]:hidden">
      <ChevronRight className="size-4 text-fg-muted transition-transform duration-100 group-open/kit:rotate-90" aria-hidden />
      {label}
      {chosen > 0 && (
        <span className="ml-auto text-xs text-fg-muted tabular-nums" aria-label={text.chosen(chosen)}>
          {chosen}
        </span>
      )}
    </summary>
  );
}
