import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";

/** Things few people need, folded until asked for. */
export function Disclosure({ label, note, open, children }: { label: string; note?: string; open?: boolean; children: ReactNode }) {
  return (
    <details className="group/fold" open={open}>
      <summary className="flex min-h-8 list-none flex-wrap items-center gap-x-1.5 rounded-md text-[13px] font-medium text-fg-muted hover:text-fg [&::-webkit-details-marker]:hidden">
        <ChevronRight className="size-4 transition-transform duration-100 group-open/fold:rotate-90" aria-hidden />
        {label}
        {note && <span className="min-w-0 font-normal break-all text-fg-faint">{note}</span>}
      </summary>
      <div className="grid gap-4 pt-2">{children}</div>
    </details>
  );
}
