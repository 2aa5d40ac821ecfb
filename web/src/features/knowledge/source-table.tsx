import { Link } from "@tanstack/react-router";
import { FileText, GitBranch } from "lucide-react";

import { Time } from "@/components/time";
import { Progress } from "@/components/ui/progress";

import type { Source } from "./queries";
import { shareOf, statusOf } from "./status";
import { StatusBadge } from "./status-badge";
import { text } from "./text";

export function SourceIcon({ type, className }: { type: string; className?: string }) {
  const Icon = type === "knowledge_base_file" ? FileText : GitBranch;
  return <Icon aria-hidden className={className} />;
}

function Row({ source }: { source: Source }) {
  const status = statusOf(source);
  return (
    <tr className="relative border-t border-line first:border-t-0 hover:bg-subtle">
      <td className="max-w-0 py-2.5 pr-3 pl-4">
        <div className="flex items-center gap-2.5">
          <SourceIcon type={source.index_type} className="size-4 shrink-0 text-fg-muted" />
          <div className="min-w-0">
            <Link
              to="/knowledge/$sourceId"
              params={{ sourceId: source.id }}
              className="block truncate font-medium after:absolute after:inset-0"
            >
              {source.repo_name}
            </Link>
            <p className="truncate text-xs text-fg-muted">
              {status.key === "failed" ? source.text : (source.link ?? source.project_name)}
            </p>
          </div>
        </div>
      </td>
      <td className="w-32 px-3 py-2.5 align-middle">
        <div className="grid gap-1.5 justify-items-start">
          <StatusBadge row={source} />
          {status.running && <Progress share={shareOf(source)} label={`${source.repo_name}: ${status.label}`} className="w-24" />}
        </div>
      </td>
      <td className="hidden w-28 px-3 py-2.5 text-right tabular-nums sm:table-cell">{(source.documents_count ?? source.current_state).toLocaleString("en")}</td>
      <td className="hidden w-40 px-3 py-2.5 text-fg-muted lg:table-cell">
        <span className="block max-w-40 truncate">{source.project_name}</span>
      </td>
      <td className="hidden w-36 py-2.5 pr-4 pl-3 text-right text-fg-muted sm:table-cell">
        <Time value={source.update_date} />
      </td>
    </tr>
  );
}

export function SourceTable({ sources }: { sources: Source[] }) {
  return (
    <div className="overflow-hidden rounded-lg border border-line">
      <table className="w-full table-auto text-[13px]">
        <thead className="border-b border-line bg-subtle text-left text-xs text-fg-muted">
          <tr>
            <th className="py-2 pr-3 pl-4 font-medium">{text.name}</th>
            <th className="px-3 py-2 font-medium">{text.status}</th>
            <th className="hidden px-3 py-2 text-right font-medium sm:table-cell">{text.documents}</th>
            <th className="hidden px-3 py-2 font-medium lg:table-cell">{text.project}</th>
            <th className="hidden py-2 pr-4 pl-3 text-right font-medium sm:table-cell">{text.updated}</th>
          </tr>
        </thead>
        <tbody>
          {sources.map((source) => (
            <Row key={source.id} source={source} />
          ))}
        </tbody>
      </table>
    </div>
  );
}
