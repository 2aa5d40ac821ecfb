import { queryOptions, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { SearchX } from "lucide-react";
import { useState } from "react";

import { request } from "@/api/client";
import type { Schemas } from "@/api/schema";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";

import { text } from "./text";

type FoundPassage = Schemas["FoundPassage"];

const searchQuery = (id: string, query: string) =>
  queryOptions({
    queryKey: ["sources", "search", id, query],
    queryFn: ({ signal }) => request<Schemas["FoundPassages"]>(`/index/${id}/search`, { signal, query: { query, top_k: 10 } }),
    enabled: query !== "",
    staleTime: 60_000,
  });

function place({ page, start_line, end_line }: FoundPassage): string {
  if (page != null) return `page ${page}`;
  return start_line == null ? "" : `lines ${start_line}–${end_line ?? start_line}`;
}

function Found({ passage }: { passage: FoundPassage }) {
  return (
    <li className="overflow-hidden rounded-lg border border-line">
      <div className="flex flex-wrap items-baseline gap-x-3 border-b border-line bg-subtle px-3 py-1.5 text-[13px]">
        <span className="font-medium break-all">{passage.source}</span>
        <span className="text-xs text-fg-muted">{place(passage)}</span>
        <span className="ml-auto text-xs text-fg-muted tabular-nums">score {passage.score.toFixed(3)}</span>
      </div>
      <pre
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling region must be reachable by keyboard
        tabIndex={0}
        role="region"
        aria-label={passage.source}
        className="max-h-56 overflow-auto p-3 font-mono text-xs leading-relaxed break-words whitespace-pre-wrap focus-visible:-outline-offset-2"
      >
        {passage.text}
      </pre>
    </li>
  );
}

/** Runs the same retrieval as an assistant would, so that a poor answer can be told from a poor source. */
export function TrySearch({ id }: { id: string }) {
  const { q = "" } = useSearch({ from: "/app/knowledge/$sourceId" });
  const navigate = useNavigate({ from: "/knowledge/$sourceId" });
  const [question, setQuestion] = useState(q);
  const query = useQuery(searchQuery(id, q));
  const search = () => void navigate({ search: (now) => ({ ...now, q: question.trim() }) });
  return (
    <div className="grid gap-4">
      <form
        role="search"
        className="flex gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          search();
        }}
      >
        <Input
          data-page-search
          aria-label={text.tryLabel}
          placeholder={text.tryLabel}
          value={question}
          onChange={(event) => setQuestion(event.target.value)}
        />
        <Button type="submit" look="primary">
          {text.tryAction}
        </Button>
      </form>
      {q === "" && <p className="text-[13px] text-fg-muted">{text.tryHint}</p>}
      {query.isFetching && <div className="skeleton h-40" />}
      {query.isError && <ErrorNote title={text.tryFailed} error={query.error} onRetry={() => void query.refetch()} />}
      {query.data?.data.length === 0 && <EmptyState icon={SearchX} title={text.tryEmpty} text={text.tryEmptyText} />}
      <ol className="grid gap-3">
        {query.data?.data.map((passage) => (
          <Found key={passage.chunk_id} passage={passage} />
        ))}
      </ol>
    </div>
  );
}
