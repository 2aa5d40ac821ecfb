import { Link } from "@tanstack/react-router";
import { FileText } from "lucide-react";

import { Tooltip } from "@/components/ui/tooltip";

import { text } from "./text";
import type { Citation } from "./wire";

/** Where in its document a passage stands, in words. */
export function placeOf(citation: Pick<Citation, "page" | "start_line" | "end_line">): string {
  if (citation.page !== null) return text.page(citation.page);
  if (citation.start_line === null) return "";
  return text.lines(citation.start_line, citation.end_line ?? citation.start_line);
}

const chip =
  "inline-grid h-[18px] min-w-[18px] place-items-center rounded bg-accent-soft px-1 align-[1px] text-[11px] leading-none font-semibold text-accent-text tabular-nums";

/** While the answer still streams its sources are not known yet: same chip, not a link. */
export function PendingChip({ number }: { number: number }) {
  return <span className={chip}>{number}</span>;
}

export function CitationChip({ citation, plain = false }: { citation: Citation; plain?: boolean }) {
  const place = placeOf(citation);
  if (plain) {
    return (
      <Tooltip content={[citation.source, place].filter(Boolean).join(", ")} side="top">
        <span className={`${chip} mx-0.5`}>{citation.number}</span>
      </Tooltip>
    );
  }
  return (
    <Tooltip content={[citation.source, place].filter(Boolean).join(", ")} side="top">
      <Link
        to="."
        search={(now) => ({ ...now, source: `${citation.index_id}:${citation.chunk_id}` })}
        aria-label={`${text.source(citation.number)}: ${citation.source}${place ? `, ${place}` : ""}`}
        className={`${chip} relative mx-0.5 no-underline before:absolute before:-inset-[3px] hover:bg-accent hover:text-accent-fg`}
      >
        {citation.number}
      </Link>
    </Tooltip>
  );
}

const source = "flex min-h-7 max-w-full items-center gap-1.5 rounded-md border border-line px-2 text-xs";

function SourceBody({ citation }: { citation: Citation }) {
  return (
    <>
      <span className="font-semibold text-accent-text tabular-nums">{citation.number}</span>
      <FileText className="size-3.5 shrink-0 text-fg-muted" aria-hidden />
      <span className="truncate">{citation.source}</span>
      {placeOf(citation) && <span className="shrink-0 text-fg-muted">{placeOf(citation)}</span>}
    </>
  );
}

/** The answer's sources, one a line: number, file, place. */
export function Sources({ citations, plain = false }: { citations: Citation[]; plain?: boolean }) {
  if (citations.length === 0) return null;
  return (
    <section aria-label={text.sources} className="mt-3 grid gap-1.5">
      <h3 className="text-xs font-medium text-fg-muted">{text.sources}</h3>
      <ul className="flex flex-wrap gap-1.5">
        {citations.map((citation) => (
          <li key={citation.number} className="max-w-full">
            {plain ? (
              <span className={source}>
                <SourceBody citation={citation} />
              </span>
            ) : (
              <Link
                to="."
                search={(now) => ({ ...now, source: `${citation.index_id}:${citation.chunk_id}` })}
                className={`${source} hover:border-line-strong hover:bg-subtle`}
              >
                <SourceBody citation={citation} />
              </Link>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
