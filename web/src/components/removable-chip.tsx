import { X } from "lucide-react";
import type { ReactNode } from "react";

import { cn } from "@/lib/cn";

interface RemovableChipProps {
  /** What the button to remove it is called. */
  remove: string;
  onRemove: () => void;
  className?: string;
  children: ReactNode;
}

/** One of several things that go along with something, and the way to take it off again. */
export function RemovableChip({ remove, onRemove, className, children }: RemovableChipProps) {
  return (
    <li className={cn("flex max-w-full items-center gap-1.5 rounded-md border border-line py-0.5 pr-0.5 pl-2 text-xs", className)}>
      {children}
      <button type="button" aria-label={remove} onClick={onRemove} className="grid size-6 shrink-0 place-items-center rounded text-fg-muted hover:text-fg">
        <X className="size-3.5" aria-hidden />
      </button>
    </li>
  );
}
