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

/** Icons at other hosts are not fetched: the page's content policy forbids calls elsewhere. */
const isOurs = (icon: string) => icon.startsWith("data:image/") || /^\/[^/\\]/.test(icon);

interface AssistantAvatarProps {
  name: string;
  icon?: string | null | undefined;
  className?: string;
}

/** The assistant's icon, or its initial on a quiet colour of its own, the same everywhere. */
export function AssistantAvatar({ name, icon, className }: AssistantAvatarProps) {
  if (icon && isOurs(icon)) return <img src={icon} alt="" className={cn("size-8 shrink-0 rounded-lg object-cover", className)} />;
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
