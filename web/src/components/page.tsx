import type { ReactNode } from "react";

import { cn } from "@/lib/cn";

interface PageProps {
  title: string;
  description?: ReactNode;
  badge?: ReactNode;
  actions?: ReactNode;
  back?: ReactNode;
  wide?: boolean;
  children: ReactNode;
}

/** The frame of every page except chat: title row with the actions that matter, then content. */
export function Page({ title, description, badge, actions, back, wide = false, children }: PageProps) {
  return (
    // Positioned: else what is hidden for the eye, far down, would make the whole window scroll.
    <div className="relative h-full overflow-y-auto">
      <title>{`${title} · CodeMie`}</title>
      <div className={cn("mx-auto grid grid-cols-[minmax(0,1fr)] gap-5 px-4 py-5 sm:px-8 sm:py-7", wide ? "max-w-6xl" : "max-w-4xl")}>
        <header className="grid gap-2">
          {back}
          <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
            <div className="grid min-w-0 flex-1 basis-60 gap-0.5">
              <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
                <h1 className="text-xl font-semibold tracking-tight break-words">{title}</h1>
                {badge}
              </div>
              {description && <p className="text-sm break-words text-fg-muted">{description}</p>}
            </div>
            {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
          </div>
        </header>
        {children}
      </div>
    </div>
  );
}
