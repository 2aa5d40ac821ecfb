import { cn } from "@/lib/cn";

function initials(name: string): string {
  const words = name.split(/[\s._@-]+/).filter(Boolean);
  return ((words[0]?.[0] ?? "?") + (words[1]?.[0] ?? "")).toUpperCase();
}

/** Pictures at other hosts are not fetched: the page's content policy forbids calls elsewhere. */
const isOurs = (picture: string) => picture.startsWith("data:image/") || /^\/[^/\\]/.test(picture);

interface FaceProps {
  name: string;
  picture?: string | null | undefined;
  className?: string;
}

/** A person's picture, or their initials. Decorative: the name stands beside it. */
export function Face({ name, picture, className }: FaceProps) {
  if (picture && isOurs(picture)) return <img src={picture} alt="" className={cn("size-7 shrink-0 rounded-full object-cover", className)} />;
  return (
    <span
      aria-hidden
      className={cn(
        "grid size-7 shrink-0 place-items-center rounded-full bg-accent-soft text-[11px] font-semibold text-accent-text",
        className,
      )}
    >
      {initials(name)}
    </span>
  );
}
