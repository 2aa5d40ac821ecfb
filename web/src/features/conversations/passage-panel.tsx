import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { FileText, Library, X } from "lucide-react";

import { Delayed } from "@/components/delayed";
import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";

import { placeOf } from "./citation";
import { grammarOf } from "./highlight";
import { Highlighted } from "./highlighted";
import { passageQuery } from "./queries";
import { SidePanel } from "./side-panel";
import { text } from "./text";
import type { Passage } from "./wire";

/** The passage may stand far down in what surrounds it. */
const showPassage = (node: HTMLElement | null) => node?.scrollIntoView({ block: "center" });

const withoutLastBreak = (value: string): string => value.replace(/\n$/, "");
const lineCount = (value: string): number => value.split("\n").length;

function Numbered({ body, from, language, marked }: { body: string; from: number; language: string; marked: boolean }) {
  return (
    <div ref={marked ? showPassage : null} className={`flex ${marked ? "border-l-2 border-accent bg-mark" : "border-l-2 border-transparent text-fg-muted"}`}>
      <pre aria-hidden className="shrink-0 px-2.5 text-right text-fg-muted select-none">
        {Array.from({ length: lineCount(body) }, (_, row) => from + row).join("\n")}
      </pre>
      <pre className="pr-4">{marked ? <Highlighted code={body} language={language} /> : body}</pre>
    </div>
  );
}

function CodePassage({ passage }: { passage: Passage }) {
  const start = passage.start_line ?? 1;
  const before = withoutLastBreak(passage.before);
  const after = withoutLastBreak(passage.after.replace(/^\n/, ""));
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling region must be reachable by keyboard
    <div tabIndex={0} role="region" aria-label={text.passage} className="min-h-0 flex-1 overflow-auto py-3 font-mono text-xs leading-[1.6] focus-visible:-outline-offset-2">
      {before && <Numbered body={before} from={Math.max(1, start - lineCount(before))} language="" marked={false} />}
      <Numbered body={withoutLastBreak(passage.text)} from={start} language={passage.language ?? ""} marked />
      {after && <Numbered body={after} from={(passage.end_line ?? start) + 1} language="" marked={false} />}
    </div>
  );
}

function ProsePassage({ passage }: { passage: Passage }) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling region must be reachable by keyboard
    <div tabIndex={0} role="region" aria-label={text.passage} className="min-h-0 flex-1 overflow-auto p-4 text-sm leading-relaxed focus-visible:-outline-offset-2">
      {passage.before && <p className="break-words whitespace-pre-wrap text-fg-muted">{passage.before.trimEnd()}</p>}
      <mark ref={showPassage} className="my-2 block rounded border-l-2 border-accent bg-mark px-3 py-2 break-words whitespace-pre-wrap text-fg">{passage.text}</mark>
      {passage.after && <p className="break-words whitespace-pre-wrap text-fg-muted">{passage.after.trimStart()}</p>}
    </div>
  );
}

function Content({ indexId, chunkId, onClose }: { indexId: string; chunkId: string; onClose: () => void }) {
  const query = useQuery(passageQuery(indexId, chunkId));
  const passage = query.data;
  const isCode = passage ? passage.start_line !== null && grammarOf(passage.language ?? "") !== null && passage.language !== "markdown" : false;
  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className="flex items-start gap-2 border-b border-line py-2 pr-2 pl-4">
        <FileText className="mt-1.5 size-4 shrink-0 text-fg-muted" aria-hidden />
        <div className="min-w-0 flex-1 py-1">
          <h2 className="text-[13px] font-semibold break-all">{passage?.source ?? text.passage}</h2>
          {passage && (
            <p className="text-xs break-all text-fg-muted">
              {[isCode || passage.title === passage.source ? "" : passage.title, placeOf(passage)].filter(Boolean).join(" · ")}
            </p>
          )}
        </div>
        <IconButton label={text.close} size="icon" onClick={onClose}>
          <X />
        </IconButton>
      </header>
      {query.isPending && (
        <Delayed label={text.passage}>
          <div className="skeleton m-4 h-40" />
        </Delayed>
      )}
      {query.isError && (
        <div className="grid gap-2 p-4">
          <ErrorNote title={text.passageFailed} error={query.error} onRetry={() => void query.refetch()} />
          <p className="text-[13px] text-fg-muted">{text.passageGone}</p>
        </div>
      )}
      {passage && (isCode ? <CodePassage passage={passage} /> : <ProsePassage passage={passage} />)}
      <footer className="border-t border-line p-2">
        <Button asChild look="ghost" size="sm">
          <Link to="/knowledge/$sourceId" params={{ sourceId: indexId }}>
            <Library /> Open data source
          </Link>
        </Button>
      </footer>
    </div>
  );
}

/** The cited passage. Which one is open is part of the URL. */
export function PassagePanel() {
  const { source } = useSearch({ from: "/app/chat" });
  const navigate = useNavigate();
  const [indexId, chunkId] = source?.split(":") ?? [];
  const close = () => void navigate({ to: ".", search: ({ source: _source, ...rest }) => rest });
  if (!indexId || !chunkId) return null;
  return (
    <SidePanel label={text.passage} onClose={close}>
      <Content indexId={indexId} chunkId={chunkId} onClose={close} />
    </SidePanel>
  );
}
