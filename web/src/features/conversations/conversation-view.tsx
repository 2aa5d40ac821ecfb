import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { X } from "lucide-react";
import { lazy, Suspense, useState } from "react";

import { Delayed } from "@/components/delayed";
import { ErrorNote } from "@/components/error-note";
import { IconButton } from "@/components/ui/icon-button";
import type { Assistant } from "@/features/assistants/queries";

import { AS_ASSISTANT, keepAbilities, useAbilities } from "./abilities";
import { AbilitySwitches } from "./ability-switches";
import { AssistantPicker } from "./assistant-picker";
import { ChatActions } from "./chat-actions";
import { ChatHeader } from "./chat-header";
import { Composer } from "./composer";
import { leaveOut, useLeftOut } from "./left-out";
import { ModelPicker } from "./model-menu";
import { keepChoice, type Choice } from "./queries";
import type { Question, Run } from "./run-state";
import { enqueue, startRun, stopRun, unqueue, useQueue } from "./runs";
import { text } from "./text";
import { EarlierBranch } from "./earlier-branch";
import { Thread } from "./thread";
import { ToolSwitches } from "./tool-switches";
import type { Speaker } from "./turn-view";
import { useChooseBranch } from "./use-branch";
import { useConversation } from "./use-conversation";
import { useMissingVariables } from "./variable-queries";
import { VariablesForm } from "./variables-form";
import type { Conversation } from "./wire";

const ComparisonDialog = lazy(() => import("./comparison-dialog").then(({ ComparisonDialog: component }) => ({ default: component })));

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

/** Who answers next; those who took part are at hand, everybody else by `@`. */
function AnsweredBy({ assistant, taking, onChoose }: { assistant: Assistant; taking: Conversation["assistant_data"]; onChoose: (id: string) => void }) {
  const others = taking.filter(({ assistant_id }) => assistant_id !== assistant.id).map(({ assistant_id, assistant_name }) => ({ id: assistant_id, name: assistant_name }));
  return <AssistantPicker current={assistant} choices={[assistant, ...others]} hint={text.mentionHint} onChoose={onChoose} />;
}

function ConversationThread({ id }: { id: string }) {
  const client = useQueryClient();
  const { turn, compare } = useSearch({ from: "/app/chat" });
  const leftOut = useLeftOut(id);
  const abilities = useAbilities(id);
  const keep = useMutation({ mutationFn: (choice: Choice) => keepChoice(client, id, choice) });
  // Mentioned last: it answers from now on, until somebody else is.
  const [addressee, setAddressee] = useState<string | null>(null);
  const { run, query, speaker, assistant, turns, newest, next } = useConversation(id, addressee);
  const missing = useMissingVariables(assistant);
  const [skipped, setSkipped] = useState("");
  const asked = missing.length > 0 && skipped !== assistant?.id;
  const running = run?.state === "running";
  const choose = useChooseBranch(id);
  const shown = turns.at(-1)?.shown;
  const waiting = !run && shown === newest && shown?.reply?.state === "waiting";
  const send = (question: Question) => {
    if (running) enqueue(id, question);
    else {
      void startRun(client, { conversationId: id, assistantId: speaker.assistantId, question, ...next });
      choose(null);
    }
  };
  const title = query.data?.conversation_name ?? run?.question.text ?? text.newChat;
  const placeholder = running ? text.placeholderQueue : waiting ? text.placeholderWaiting : text.placeholder(speaker.nameOf(speaker.assistantId));
  return (
    <>
      <title>{`${title} · CodeMie`}</title>
      <ChatHeader title={title}>{query.data && <ChatActions conversationId={id} title={title} />}</ChatHeader>
      {turns.length > 0 || run ? (
        <Thread title={title} turns={turns} newest={newest} run={run} speaker={speaker} target={turn} />
      ) : (
        <div className="mx-auto w-full max-w-3xl flex-1 px-4 py-6 sm:px-6">
          {query.isError && <ErrorNote title={text.openFailed} error={query.error} onRetry={() => void query.refetch()} />}
          {query.isPending && <ThreadSkeleton />}
        </div>
      )}
      <Announcer run={run} speaker={speaker} />
      <Suspense>{compare && <ComparisonDialog turns={turns} speaker={speaker} />}</Suspense>
      <div hidden={query.isLoadingError && !run} className="mx-auto w-full max-w-3xl shrink-0 px-3 pb-3 sm:px-6 sm:pb-5">
        <Queue id={id} />
        {!run && shown !== newest && <EarlierBranch closed={speaker.closed} onLeave={() => choose(null)} />}
        {speaker.closed ? (
          <p className="rounded-lg border border-line bg-subtle px-4 py-3 text-center text-[13px] text-fg-muted">{text.finished}</p>
        ) : (
          <>
            {asked && assistant && <VariablesForm assistant={assistant} missing={missing} onSkip={() => setSkipped(assistant.id)} />}
            {keep.isError && <ErrorNote title={text.choiceFailed} error={keep.error} />}
            <Composer
              placeholder={asked ? text.variablesFirst : placeholder}
              running={running}
              disabled={!speaker.assistantId || asked}
              onSend={send}
              onStop={() => stopRun(id)}
              onMention={({ id: mentioned }) => setAddressee(mentioned)}
              starters={assistant?.conversation_starters ?? []}
              place={id}
            >
              {assistant && (
                <>
                  <AnsweredBy assistant={assistant} taking={query.data?.assistant_data ?? []} onChoose={setAddressee} />
                  <ModelPicker
                    assistant={assistant}
                    chosen={run?.fresh ? run.model : (query.data?.llm_model ?? null)}
                    onChoose={query.data && ((model) => keep.mutate({ llm_model: model }))}
                  />
                  <ToolSwitches assistant={assistant} leftOut={leftOut} onChange={(next) => leaveOut(id, next)} />
                  <AbilitySwitches
                    assistant={assistant}
                    abilities={abilities}
                    onAbilities={(next) => keepAbilities(id, next)}
                    pictures={run?.fresh ? run.pictures : (query.data ?? AS_ASSISTANT)}
                    onPictures={query.data && (({ enable_image_generation, image_generation_model }) => keep.mutate({ enable_image_generation, image_generation_model }))}
                  />
                </>
              )}
            </Composer>
          </>
        )}
      </div>
    </>
  );
}

export function ConversationView() {
  const { conversationId } = useParams({ from: "/app/chat/$conversationId" });
  return <ConversationThread key={conversationId} id={conversationId} />;
}
