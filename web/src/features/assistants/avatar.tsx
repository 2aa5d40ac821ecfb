import { cn } from "@/lib/cn";

const HUES = [277, 245, 200, 160, 130, 60, 25, 340] as const;

function hue(name: string): number {
  let sum = 0;
  for (const char of name) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 9973;
  return HUES[sum % HUES.length] ?? 277;
}

function firstLetter(name: string): string {
  const [first] = new Intl.Segmenter().segment(name.trim());
  return first?.segment.toUpperCase() ?? "?";
}

/** The assistant's initial on a quiet colour of its own, the same everywhere. */
export function AssistantAvatar({ name, className }: { name: string; className?: string }) {
  return (
    <span
      aria-hidden
      className={cn("grid size-8 shrink-0 place-items-center rounded-lg text-[13px] font-semibold text-accent-fg", className)}
      style={{ backgroundColor: `oklch(0.5 0.1 ${hue(name)})` }}
    >
      {firstLetter(name)}
    </span>
  );
}
