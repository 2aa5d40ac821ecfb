import { useQueryClient } from "@tanstack/react-query";
import { CornerUpLeft } from "lucide-react";
import { useState } from "react";

import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";

import { AssistantMessage } from "./assistant-message";
import { CopyButton } from "./code-block";
import { useVersion } from "./queries";
import { ReplyActions } from "./reply-actions";
import { replyOf, type Run } from "./run-state";
import { decide, retryRun, startRun, type Decision } from "./runs";
import { text } from "./text";
import type { Answer } from "./surface";
import type { Reply, Turn } from "./turns";
import { UserMessage } from "./user-message";

export interface Speaker {
  conversationId: string;
  assistantId: string;
  mock: boolean;
  /** The conversation is finished: nothing more can be said in it. */
  closed: boolean;
  nameOf: (assistantId: string | null) => string;
  iconOf: (assistantId: string | null) => string | null;
}

interface StoredTurnProps {
  turn: Turn;
  last: boolean;
  /** No reply is being written: the turn may be changed. */
  idle: boolean;
  speaker: Speaker;
}

/** The reader looks at an earlier version: what the conversation goes on from, and how to go on from this one. */
function EarlierVersion({ turn, variant, reply, speaker, onUsed }: { turn: Turn; variant: number; reply: Reply; speaker: Speaker; onUsed: () => void }) {
  const use = useVersion(speaker.conversationId);
  return (
    <>
      <p className="flex flex-wrap items-center gap-x-2 text-[13px] text-fg-muted">
        {text.earlierVersion}
        <Button
          look="ghost"
          size="sm"
          disabled={use.isPending}
          onClick={() => use.mutate({ index: turn.index, variant, message: reply.text }, { onSuccess: onUsed })}
        >
          <CornerUpLeft /> {text.useVersion}
        </Button>
      </p>
      {use.isError && <ErrorNote error={use.error} />}
    </>
  );
}

/** A stored turn: the current version, or an earlier one the reader switched to. */
export function StoredTurn({ turn, last, idle, speaker }: StoredTurnProps) {
  const client = useQueryClient();
  const [chosen, setChosen] = useState<number | null>(null);
  const all = turn.variants.length;
  const now = chosen !== null && chosen < all ? chosen : all - 1;
  const variant = turn.variants[now];
  if (!variant) return null;
  const { question, files, reply } = variant;
  const { conversationId } = speaker;
  const assistantId = reply?.assistantId ?? speaker.assistantId;
  const start = { conversationId, assistantId, question: { text: question, files }, historyIndex: turn.index };
  const open = idle && !speaker.closed && speaker.assistantId !== "";
  const again = (words: string) => {
    setChosen(null);
    void startRun(client, { ...start, question: { text: words, files } });
  };
  const onDecide = (decision: Decision) => {
    document.querySelector<HTMLElement>("[data-composer]")?.focus({ preventScroll: true });
    void decide(client, start, decision);
  };
  const onAnswer = (answer: Answer, said: string) => {
    document.querySelector<HTMLElement>("[data-composer]")?.focus({ preventScroll: true });
    void startRun(client, { conversationId, assistantId, question: { text: said, files: [] }, answer });
  };
  return (
    <>
      <UserMessage question={{ text: question, files }} onEdit={open ? again : undefined} />
      {reply && (
        <AssistantMessage
          name={speaker.nameOf(reply.assistantId)}
          icon={speaker.iconOf(reply.assistantId)}
          reply={reply}
          mock={speaker.mock}
          onRetry={open ? () => again(question) : undefined}
          onAnswer={open && last && now === all - 1 ? onAnswer : undefined}
          onDecide={open && last && now === all - 1 ? onDecide : undefined}
        >
          <ReplyActions
            conversationId={conversationId}
            turn={turn}
            reply={reply}
            question={question}
            variants={{ now, all, show: setChosen }}
            onRegenerate={open ? () => again(question) : undefined}
          />
        </AssistantMessage>
      )}
      {reply && open && now < all - 1 && (
        <EarlierVersion turn={turn} variant={now} reply={reply} speaker={speaker} onUsed={() => setChosen(null)} />
      )}
    </>
  );
}

/** A turn whose reply is being written, or ended in a way the reader should act on. */
export function LiveTurn({ run, speaker }: { run: Run; speaker: Speaker }) {
  const client = useQueryClient();
  const retry = () => void retryRun(client, run);
  const reply = replyOf(run);
  return (
    <>
      <UserMessage question={run.question} />
      <AssistantMessage
        name={speaker.nameOf(run.assistantId)}
        icon={speaker.iconOf(run.assistantId)}
        reply={reply}
        mock={speaker.mock}
        error={run.error}
        onRetry={retry}
      >
        {reply.text && (
          <div className="mt-1.5 -ml-1.5 flex min-h-7">
            <CopyButton value={reply.text} label={text.copy} />
          </div>
        )}
      </AssistantMessage>
    </>
  );
}
