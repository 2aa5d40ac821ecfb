import { cn } from "@/lib/cn";
import { absoluteTime, parseDate, relativeTime } from "@/lib/format";

/** The date and time itself, for what is still to come; how far off it is on hover. */
export function Moment({ value, className }: { value: string; className?: string }) {
  return (
    <time dateTime={parseDate(value).toISOString()} title={relativeTime(value)} className={cn("whitespace-nowrap", className)}>
      {absoluteTime(value)}
    </time>
  );
}

/** Relative time with the absolute one on hover. */
export function Time({ value, className }: { value: string; className?: string }) {
  return (
    <time dateTime={parseDate(value).toISOString()} title={absoluteTime(value)} className={cn("whitespace-nowrap", className)}>
      {relativeTime(value)}
    </time>
  );
}
