import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { ArrowDown, X } from "lucide-react";
import { useEffect } from "react";

import { Delayed } from "@/components/delayed";
import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { assistantQuery } from "@/features/assistants/queries";
import { useIsMock } from "@/features/models/queries";

import { ChatHeader } from "./chat-header";
import { Composer } from "./composer";
import { conversationQuery } from "./queries";
import type { Question, Run } from "./run-state";
import { enqueue, followRun, isWrittenElsewhere, startRun, stopRun, unqueue, useQueue, useRun } from "./runs";
import { useStickToBottom } from "./stick-to-bottom";
import { text } from "./text";
import { LiveTurn, StoredTurn, type Speaker } from "./turn-view";
import { turnsFrom, type Turn } from "./turns";

function Queue({ id }: { id: string }) {
  const queue = useQueue(id);
  if (queue.length === 0) return null;
  return (
    <ul aria-label={text.queued} className="mb-2 grid gap-1">
      {queue.map((question, at) => (
        <li key={at} className="flex items-center gap-2 rounded-md border border-dashed border-line-strong/60 py-0.5 pr-0.5 pl-3 text-[13px] text-fg-muted">
          <span className="text-xs font-medium">{text.queued}</span>
          <span className="min-w-0 flex-1 truncate">{question.text}</span>
          <IconButton label={text.unqueue} onClick={() => unqueue(id, at)}>
            <X />
          </IconButton>
        </li>
      ))}
    </ul>
  );
}

function ThreadSkeleton() {
  return (
    <Delayed label={text.title}>
      <div className="grid gap-5">
        <div className="skeleton ml-auto h-10 w-64" />
        <div className="skeleton h-36" />
      </div>
    </Delayed>
  );
}

/** Says when a reply starts and ends; the growing text itself would drown a screen reader. */
function Announcer({ run, speaker }: { run: Run | undefined; speaker: Speaker }) {
  const words = run?.state === "running" ? text.answering(speaker.nameOf(run.assistantId)) : run ? "" : text.answered;
  return (
    <p role="status" className="sr-only">
      {words}
    </p>
  );
}

function Thread({ turns, run, speaker }: { turns: Turn[]; run: Run | undefined; speaker: Speaker }) {
  const last = turns.at(-1)?.index;
  const shown = run ? turns.filter((turn) => turn.index !== run.index) : turns;
  return (
    <>
      {shown.map((turn) => (
        <li key={turn.index} className="grid gap-3">
          <StoredTurn turn={turn} last={turn.index === last && run?.state !== "running"} speaker={speaker} />
        </li>
      ))}
      {run && (
        <li key={run.index} className="grid gap-3" aria-busy={run.state === "running"}>
          <LiveTurn run={run} speaker={speaker} />
        </li>
      )}
    </>
  );
}

function useConversation(id: string) {
  const run = useRun(id);
  const query = useQuery({
    ...conversationQuery(id),
    enabled: !(run?.fresh && run.state === "running"),
    // What is stored of a reply that is written elsewhere grows too, until its stream can be followed.
    refetchInterval: ({ state }) => (!run && state.data?.history.at(-1)?.status === "running" ? 1_000 : false),
  });
  const data = query.data;
  const client = useQueryClient();
  const elsewhere = isWrittenElsewhere(data);
  useEffect(() => {
    const known = client.getQueryData(conversationQuery(id).queryKey);
    if (elsewhere && known) void followRun(client, known);
  }, [client, id, elsewhere]);
  const assistantId = run?.assistantId ?? data?.assistant_ids[0] ?? data?.initial_assistant_id ?? "";
  const assistant = useQuery({ ...assistantQuery(assistantId), enabled: assistantId !== "" });
  const mock = useIsMock(data?.llm_model ?? assistant.data?.llm_model_type);
  const nameOf = (wanted: string | null) =>
    data?.assistant_data.find((item) => item.assistant_id === wanted)?.assistant_name ?? assistant.data?.name ?? text.assistant;
  const speaker: Speaker = { conversationId: id, assistantId, mock, nameOf };
  return { run, query, speaker, turns: turnsFrom(data?.history ?? []) };
}

function ConversationThread({ id }: { id: string }) {
  const client = useQueryClient();
  const { run, query, speaker, turns } = useConversation(id);
  const { scroller, away, toEnd } = useStickToBottom();
  const running = run?.state === "running";
  const send = (question: Question) => {
    toEnd();
    if (running) enqueue(id, question);
    else void startRun(client, { conversationId: id, assistantId: speaker.assistantId, question });
  };
  const title = query.data?.conversation_name ?? run?.question.text ?? text.newChat;
  return (
    <>
      <title>{`${title} · CodeMie`}</title>
      <ChatHeader title={title} />
      <div className="relative min-h-0 flex-1">
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling region must be reachable by keyboard */}
        <section ref={scroller} tabIndex={0} aria-label={title} className="h-full overflow-y-auto focus-visible:-outline-offset-2">
          <div className="mx-auto max-w-3xl px-4 py-6 sm:px-6">
            {query.isError && !run && <ErrorNote title={text.openFailed} error={query.error} onRetry={() => void query.refetch()} />}
            {query.isPending && !run && <ThreadSkeleton />}
            <ol className="grid gap-7">
              <Thread turns={turns} run={run} speaker={speaker} />
            </ol>
          </div>
        </section>
        {away && (
          <Button size="sm" className="absolute bottom-3 left-1/2 -translate-x-1/2 rounded-full" onClick={toEnd}>
            <ArrowDown /> {text.latest}
          </Button>
        )}
      </div>
      <Announcer run={run} speaker={speaker} />
      <div hidden={query.isLoadingError && !run} className="mx-auto w-full max-w-3xl shrink-0 px-3 pb-3 sm:px-6 sm:pb-5">
        <Queue id={id} />
        <Composer
          placeholder={running ? text.placeholderQueue : text.placeholder(speaker.nameOf(speaker.assistantId))}
          running={running}
          disabled={!speaker.assistantId}
          onSend={send}
          onStop={() => stopRun(id)}
        />
      </div>
    </>
  );
}

export function ConversationView() {
  const { conversationId } = useParams({ from: "/app/chat/$conversationId" });
  return <ConversationThread key={conversationId} id={conversationId} />;
}
