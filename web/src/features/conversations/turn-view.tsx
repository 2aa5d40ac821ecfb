import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import type { Decision } from "./asking";
import { AssistantMessage } from "./assistant-message";
import { CopyButton } from "./code-block";
import { ReplyActions } from "./reply-actions";
import { replyOf, type Run } from "./run-state";
import { answerQuestion, decide, retryRun, startRun } from "./runs";
import { text } from "./text";
import type { Answer } from "./surface";
import type { Turn } from "./turns";
import { UserMessage } from "./user-message";
import { EarlierVersion } from "./versions";

export interface Speaker {
  conversationId: string;
  assistantId: string;
  mock: boolean;
  /** The conversation is finished: nothing more can be said in it. */
  closed: boolean;
  nameOf: (assistantId: string | null) => string;
  iconOf: (assistantId: string | null) => string | null;
}

function focusComposer(): void {
  document.querySelector<HTMLElement>("[data-composer]")?.focus({ preventScroll: true });
}

interface StoredTurnProps {
  turn: Turn;
  last: boolean;
  /** No reply is being written: the turn may be changed. */
  idle: boolean;
  speaker: Speaker;
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
  const again = (words: string, model?: string) => {
    setChosen(null);
    void startRun(client, { ...start, question: { text: words, files }, model });
  };
  const onDecide = (decision: Decision) => {
    focusComposer();
    void decide(client, start, decision);
  };
  const onAnswer = async (answer: Answer, said: string) => {
    await answerQuestion(client, { conversationId, assistantId, question: { text: said, files: [] }, answer });
    focusComposer();
  };
  return (
    <>
      <UserMessage question={{ text: question, files }} onEdit={open ? (words) => again(words) : undefined} />
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
            onRegenerate={open ? (model) => again(question, model) : undefined}
          />
        </AssistantMessage>
      )}
      {reply && open && now < all - 1 && (
        <EarlierVersion conversationId={conversationId} index={turn.index} variant={now} reply={reply} onUsed={() => setChosen(null)} />
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
