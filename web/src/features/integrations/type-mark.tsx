import { cn } from "@/lib/cn";

const MARKS: Readonly<Record<string, string>> = {
  Git: "Git",
  SVN: "SVN",
  AzureDevOps: "ADO",
  AWS: "AWS",
  GCP: "GC",
  Azure: "Az",
  SQL: "SQL",
  MCP: "MCP",
  A2A: "A2A",
  OpenAPI: "API",
  Kubernetes: "K8s",
  ZephyrScale: "ZSc",
  ZephyrCloud: "ZCl",
  ZephyrSquad: "ZSq",
  XWiki: "XW",
};

/** A mark of letters: we show nobody's logo. */
export function TypeMark({ type, className }: { type: string; className?: string }) {
  return (
    <span
      aria-hidden
      className={cn(
        "grid size-9 shrink-0 place-items-center rounded-lg border border-line bg-subtle font-mono text-[11px] font-semibold tracking-tight text-fg-muted",
        className,
      )}
    >
      {MARKS[type] ?? type.slice(0, 2)}
    </span>
  );
}
