import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { ErrorNote } from "@/components/error-note";
import { Time } from "@/components/time";
import { Progress } from "@/components/ui/progress";
import { ApiError } from "@/api/errors";
import { usableQuery } from "@/features/integrations/queries";
import { bytes, count } from "@/lib/format";

import type { SourceDetail } from "./queries";
import { shareOf, statusOf } from "./status";
import { text } from "./text";

function ProgressPanel({ source }: { source: SourceDetail }) {
  const status = statusOf(source);
  const total = source.complete_state;
  const done = source.current_state;
  const line = total > 0 ? `${done.toLocaleString("en")} of ${count(total, "document")}` : "Counting documents…";
  return (
    <div className="grid gap-2.5 rounded-lg border border-line p-4">
      <div className="flex items-baseline justify-between gap-3 text-[13px]">
        <span className="font-medium">{status.label}</span>
        <span className="text-fg-muted tabular-nums">{line}</span>
      </div>
      <Progress share={shareOf(source)} label={`${status.label}: ${line}`} />
      <p role="status" className="text-xs text-fg-muted">
        {status.key === "queued" ? "Waiting for a free worker." : `${count(source.current__chunks_state, "passage")} searchable so far.`}
      </p>
    </div>
  );
}

function IntegrationName({ id }: { id: string }) {
  const usable = useQuery(usableQuery);
  if (!usable.data) return null;
  return usable.data.find((row) => row.id === id)?.alias ?? text.integrationUnseen;
}

function facts(source: SourceDetail): (readonly [string, ReactNode])[] {
  const info = source.processing_info;
  const rows: (readonly [string, ReactNode])[] = [
    ["Documents", <span className="tabular-nums">{(info?.documents_count_key ?? source.current_state).toLocaleString("en")}</span>],
    ["Passages", <span className="tabular-nums">{source.current__chunks_state.toLocaleString("en")}</span>],
  ];
  if (info?.total_size_kb) rows.push(["Size", bytes(info.total_size_kb * 1024)]);
  if (source.link) rows.push(["Repository", <span className="break-all">{source.link}</span>]);
  if (source.link && source.setting_id) rows.push([text.integration, <IntegrationName id={source.setting_id} />]);
  if (source.branch) rows.push(["Branch", source.branch]);
  if (source.files_filter) rows.push(["Patterns", <code className="font-mono text-xs whitespace-pre-wrap">{source.files_filter}</code>]);
  if (info?.unique_extensions?.length) rows.push(["File types", info.unique_extensions.join(", ")]);
  if (source.embeddings_model) rows.push(["Embedding model", source.embeddings_model]);
  const refined = source.refinement;
  if (refined && !refined.finished && refined.total) rows.push(["Search quality", `Improving in the background, ${(refined.done ?? 0).toLocaleString("en")} of ${count(refined.total, "passage")}`]);
  rows.push(["Project", source.project_name], ["Access", source.project_space_visible ? "Project members" : "Owner and administrators"]);
  const guards = new Set(source.guardrail_assignments?.map(({ guardrail_name, guardrail_id }) => guardrail_name ?? guardrail_id));
  if (guards.size > 0) rows.push([text.guards, [...guards].join(", ")]);
  rows.push(["Owner", source.created_by.name]);
  rows.push(["Created", <Time value={source.date} />], ["Updated", <Time value={source.update_date} />]);
  return rows;
}

function FileList({ files }: { files: string[] }) {
  return (
    <section className="grid gap-2">
      <h2 className="text-sm font-semibold">{text.files}</h2>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling region must be reachable by keyboard */}
      <div tabIndex={0} role="region" aria-label={text.files} className="max-h-96 overflow-y-auto rounded-lg border border-line">
        <ul className="font-mono text-xs">
          {files.map((file) => (
            <li key={file} className="border-t border-line px-3 py-1.5 break-all first:border-t-0">
              {file}
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

export function SourceOverview({ source, onRetry }: { source: SourceDetail; onRetry: (() => void) | undefined }) {
  const status = statusOf(source);
  const files = source.processed_files?.length ? source.processed_files : (source.uploaded_files ?? []);
  return (
    <div className="grid gap-5">
      {status.running && <ProgressPanel source={source} />}
      {status.key === "failed" && (
        <ErrorNote title={text.failedTitle} error={new ApiError(500, source.text || "The worker gave no reason")} onRetry={onRetry} />
      )}
      <dl className="grid grid-cols-[110px_minmax(0,1fr)] gap-x-4 gap-y-2.5 text-[13px] sm:grid-cols-[160px_minmax(0,1fr)]">
        {facts(source).map(([label, value]) => (
          <div key={label} className="contents">
            <dt className="text-fg-muted">{label}</dt>
            <dd className="min-w-0 break-words">{value}</dd>
          </div>
        ))}
      </dl>
      {files.length > 0 && <FileList files={files} />}
    </div>
  );
}
