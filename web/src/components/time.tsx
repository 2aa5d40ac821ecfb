import { cn } from "@/lib/cn";
import { absoluteTime, parseDate, relativeTime } from "@/lib/format";

/** Relative time with the absolute one on hover. */
export function Time({ value, className }: { value: string; className?: string }) {
  return (
    <time dateTime={parseDate(value).toISOString()} title={absoluteTime(value)} className={cn("whitespace-nowrap", className)}>
      {relativeTime(value)}
    </time>
  );
}
