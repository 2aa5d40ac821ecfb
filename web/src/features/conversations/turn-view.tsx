import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { AssistantMessage } from "./assistant-message";
import { replyOf, type Run } from "./run-state";
import { retryRun, startRun } from "./runs";
import type { Turn } from "./turns";
import { UserMessage } from "./user-message";

export interface Speaker {
  conversationId: string;
  assistantId: string;
  mock: boolean;
  nameOf: (assistantId: string | null) => string;
}

/** A stored turn: the current variant, or an earlier one the reader switched to. */
export function StoredTurn({ turn, last, speaker }: { turn: Turn; last: boolean; speaker: Speaker }) {
  const client = useQueryClient();
  const [chosen, setChosen] = useState<number | null>(null);
  const all = turn.variants.length;
  const now = chosen !== null && chosen < all ? chosen : all - 1;
  const variant = turn.variants[now];
  if (!variant) return null;
  const { question, files, reply } = variant;
  const again = (words: string) => {
    setChosen(null);
    void startRun(client, {
      conversationId: speaker.conversationId,
      assistantId: speaker.assistantId,
      question: { text: words, files },
      historyIndex: turn.index,
    });
  };
  return (
    <>
      <UserMessage question={{ text: question, files }} onEdit={last ? again : undefined} />
      {reply && (
        <AssistantMessage
          name={speaker.nameOf(reply.assistantId)}
          reply={reply}
          mock={speaker.mock}
          variants={{ now, all, show: setChosen }}
          onRegenerate={last ? () => again(question) : undefined}
        />
      )}
    </>
  );
}

/** A turn whose reply is being written, or ended in a way the reader should act on. */
export function LiveTurn({ run, speaker }: { run: Run; speaker: Speaker }) {
  const client = useQueryClient();
  const retry = () => retryRun(client, run);
  return (
    <>
      <UserMessage question={run.question} />
      <AssistantMessage
        name={speaker.nameOf(run.assistantId)}
        reply={replyOf(run)}
        mock={speaker.mock}
        error={run.error}
        onRetry={retry}
        onRegenerate={run.state === "stopped" ? retry : undefined}
      />
    </>
  );
}
