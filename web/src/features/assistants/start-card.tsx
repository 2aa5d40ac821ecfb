import { Link, type LinkProps } from "@tanstack/react-router";
import type { ReactNode } from "react";

interface StartCardProps extends LinkProps {
  title: string;
  about: string;
  icon: ReactNode;
  level?: "h2" | "h3";
}

/** Something to begin from. */
export function StartCard({ title, about, icon, level: Heading = "h3", ...link }: StartCardProps) {
  return (
    <li className="relative flex items-start gap-3 rounded-lg border border-line bg-raised p-4 hover:border-line-strong/60">
      {icon}
      <div className="min-w-0">
        <Heading className="text-sm font-semibold">
          <Link {...link} className="after:absolute after:inset-0 after:rounded-lg">
            {title}
          </Link>
        </Heading>
        <p className="mt-0.5 line-clamp-2 text-[13px] text-fg-muted">{about}</p>
      </div>
    </li>
  );
}
