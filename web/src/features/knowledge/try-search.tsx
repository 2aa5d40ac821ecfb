import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { request } from "@/api/client";
import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";

import { text } from "./text";

interface SearchAnswer {
  output: unknown;
  error: string | null;
}

function useTrySearch(id: string) {
  return useMutation({
    mutationFn: async (query: string) => {
      const answer = await request<SearchAnswer>(`/index/${id}/search`, {
        method: "POST",
        json: { query, code_search_params: { top_k: 10 } },
      });
      if (answer.error) throw new Error(answer.error);
      return typeof answer.output === "string" ? answer.output : JSON.stringify(answer.output, null, 2);
    },
  });
}

/** Runs the same retrieval as an assistant would, so that a poor answer can be told from a poor source. */
export function TrySearch({ id }: { id: string }) {
  const [question, setQuestion] = useState("");
  const search = useTrySearch(id);
  return (
    <div className="grid gap-4">
      <form
        className="flex gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (question.trim()) search.mutate(question.trim());
        }}
      >
        <Input aria-label={text.tryLabel} placeholder={text.tryLabel} value={question} onChange={(event) => setQuestion(event.target.value)} />
        <Button type="submit" look="primary" disabled={search.isPending}>
          {text.tryAction}
        </Button>
      </form>
      {search.isIdle && <p className="text-[13px] text-fg-muted">{text.tryHint}</p>}
      {search.isPending && <div className="skeleton h-40" />}
      {search.isError && <ErrorNote title={text.tryFailed} error={search.error} />}
      {search.isSuccess && (
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling region must be reachable by keyboard
        <pre tabIndex={0} className="max-h-150 overflow-auto rounded-lg border border-line bg-subtle p-4 font-mono text-xs leading-relaxed whitespace-pre-wrap">
          {search.data || text.tryEmpty}
        </pre>
      )}
    </div>
  );
}
