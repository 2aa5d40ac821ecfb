import { Link, type LinkProps } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import type { ReactNode } from "react";

/** The way up, above the title of a detail page. */
export function BackLink({ children, ...link }: LinkProps & { children: ReactNode }) {
  return (
    <Link {...link} className="inline-flex min-h-6 items-center gap-1 justify-self-start text-[13px] text-fg-muted hover:text-fg">
      <ChevronLeft className="size-3.5" aria-hidden /> {children}
    </Link>
  );
}
