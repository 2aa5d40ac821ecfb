import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

interface EmptyStateProps {
  icon: LucideIcon;
  title: string;
  text: string;
  children?: ReactNode;
}

/** One sentence what this place is for, and the action that fills it. */
export function EmptyState({ icon: Icon, title, text, children }: EmptyStateProps) {
  return (
    <div className="mx-auto grid max-w-sm justify-items-center gap-2 px-4 py-16 text-center">
      <div className="mb-1 grid size-10 place-items-center rounded-lg border border-line bg-subtle text-fg-muted">
        <Icon className="size-5" aria-hidden />
      </div>
      <h2 className="text-sm font-semibold">{title}</h2>
      <p className="text-sm text-fg-muted">{text}</p>
      {children && <div className="mt-2 flex flex-wrap justify-center gap-2">{children}</div>}
    </div>
  );
}
