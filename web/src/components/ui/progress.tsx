import { Progress as Radix } from "radix-ui";

import { cn } from "@/lib/cn";

interface ProgressProps {
  /** Share done, 0–1; null while the total is unknown. */
  share: number | null;
  label: string;
  className?: string;
}

export function Progress({ share, label, className }: ProgressProps) {
  const percent = share === null ? null : Math.round(Math.min(1, share) * 100);
  return (
    <Radix.Root
      value={percent}
      aria-label={label}
      className={cn("h-1.5 w-full overflow-hidden rounded-full bg-muted", className)}
    >
      <Radix.Indicator
        className={cn("h-full rounded-full bg-accent transition-[width] duration-150", percent === null && "skeleton w-full")}
        style={percent === null ? undefined : { width: `${percent}%` }}
      />
    </Radix.Root>
  );
}
