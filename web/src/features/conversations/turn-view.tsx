import { useQueryClient } from "@tanstack/react-query";

import type { Decision } from "./asking";
import { AssistantMessage } from "./assistant-message";
import { positionOf, type BranchTurn } from "./branches";
import { CopyButton } from "./code-block";
import { ReplyActions } from "./reply-actions";
import { replyOf, type Run } from "./run-state";
import { answerQuestion, decide, retryRun, startRun } from "./runs";
import { text } from "./text";
import type { Answer } from "./surface";
import { useChooseBranch } from "./use-branch";
import { UserMessage } from "./user-message";
import { Versions, type VersionSwitch } from "./versions";

export interface Speaker {
  conversationId: string;
  assistantId: string;
  /** Whether answers of a model are made up; of the one that answers next, where none is known. */
  isMock: (model: string | null) => boolean;
  /** The conversation is finished: nothing more can be said in it. */
  closed: boolean;
  nameOf: (assistantId: string | null) => string;
  iconOf: (assistantId: string | null) => string | null;
}

function focusComposer(): void {
  document.querySelector<HTMLElement>("[data-composer]")?.focus({ preventScroll: true });
}

/** Goes from one version of a turn to another, with what follows it. */
function useVersions(conversationId: string, turn: BranchTurn | null, idle: boolean): VersionSwitch {
  const choose = useChooseBranch(conversationId);
  if (!turn) return { now: 0, all: 0 };
  const show = (to: number) => {
    const variant = turn.variants[to];
    if (variant) choose({ index: turn.index, number: variant.number });
  };
  return { now: positionOf(turn), all: turn.variants.length, show: idle ? show : undefined };
}

interface StoredTurnProps {
  turn: BranchTurn;
  /** The version of the turn before that it follows; null at the first one. */
  parentVariant: number | null;
  /** Nothing was said since, in any branch. */
  newest: boolean;
  /** No reply is being written: the turn may be changed. */
  idle: boolean;
  speaker: Speaker;
}

/** A stored turn, in the version that belongs to the branch which is read. */
export function StoredTurn({ turn, parentVariant, newest, idle, speaker }: StoredTurnProps) {
  const client = useQueryClient();
  const { conversationId } = speaker;
  const versions = useVersions(conversationId, turn, idle);
  const choose = useChooseBranch(conversationId);
  const { question, files, reply } = turn.shown;
  const assistantId = reply?.assistantId ?? speaker.assistantId;
  const start = { conversationId, assistantId, question: { text: question, files }, historyIndex: turn.index, parentVariant };
  const open = idle && !speaker.closed && speaker.assistantId !== "";
  const again = (words: string, model?: string) => {
    void startRun(client, { ...start, question: { text: words, files }, model });
    choose(null);
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
      <UserMessage key={turn.shown.number} question={{ text: question, files }} onEdit={open ? (words) => again(words) : undefined} />
      {reply && (
        <AssistantMessage
          name={speaker.nameOf(reply.assistantId)}
          icon={speaker.iconOf(reply.assistantId)}
          reply={reply}
          mock={speaker.isMock(reply.model)}
          onRetry={open ? () => again(question) : undefined}
          onAnswer={open && newest ? onAnswer : undefined}
          onDecide={open && newest ? onDecide : undefined}
        >
          <ReplyActions
            conversationId={conversationId}
            turn={turn}
            reply={reply}
            question={question}
            variants={versions}
            onRegenerate={open ? (model) => again(question, model) : undefined}
          />
        </AssistantMessage>
      )}
      {!reply && versions.all > 1 && <Versions {...versions} />}
    </>
  );
}

/** A turn whose reply is being written, or ended in a way the reader should act on. */
export function LiveTurn({ run, stored, speaker }: { run: Run; stored: BranchTurn | null; speaker: Speaker }) {
  const client = useQueryClient();
  const versions = useVersions(run.conversationId, stored, run.state !== "running");
  const retry = () => void retryRun(client, run);
  const reply = replyOf(run);
  return (
    <>
      <UserMessage question={run.question} />
      <AssistantMessage
        name={speaker.nameOf(run.assistantId)}
        icon={speaker.iconOf(run.assistantId)}
        reply={reply}
        mock={speaker.isMock(reply.model)}
        error={run.error}
        onRetry={retry}
      >
        <div className="mt-1.5 -ml-1.5 flex min-h-7 empty:hidden">
          {reply.text && <CopyButton value={reply.text} label={text.copy} />}
          {run.state !== "running" && versions.all > 1 && <Versions {...versions} />}
        </div>
      </AssistantMessage>
    </>
  );
}
