import { FlaskConical, RotateCw, ShieldAlert } from "lucide-react";
import type { ReactNode } from "react";

import { ApiError } from "@/api/errors";
import { ErrorNote } from "@/components/error-note";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Tooltip } from "@/components/ui/tooltip";
import { AssistantAvatar } from "@/features/assistants/avatar";
import { SignInNote } from "@/features/mcp/sign-in-note";

import { Approval } from "./approval";
import type { Decision } from "./asking";
import { CitationChip, PendingChip, Sources } from "./citation";
import { Markdown } from "./markdown";
import { Pictures } from "./pictures";
import { QuestionForm } from "./question-form";
import { Steps } from "./steps";
import { spoken, type Answer } from "./surface";
import { text } from "./text";
import { isCall, type Reply } from "./turns";

interface AssistantMessageProps {
  name: string;
  icon?: string | null;
  reply: Reply;
  mock: boolean;
  error?: unknown;
  onRetry?: (() => void) | undefined;
  onDecide?: ((decision: Decision) => void) | undefined;
  /** Absent once the conversation has gone on: then the question is only told. */
  onAnswer?: ((answer: Answer, said: string) => Promise<void>) | undefined;
  /** Where citations lead nowhere, as in a conversation somebody shared. */
  plainCitations?: boolean;
  /** What can be done with the answer. */
  children?: ReactNode;
}

function Waiting() {
  return (
    <p className="flex h-6 items-center gap-1" aria-hidden>
      {[0, 1, 2].map((dot) => (
        <span key={dot} className="size-1.5 animate-pulse rounded-full bg-fg-faint" style={{ animationDelay: `${dot * 150}ms` }} />
      ))}
    </p>
  );
}

function Head({ name, icon, mock, refused }: { name: string; icon: string | null; mock: boolean; refused: boolean }) {
  return (
    <div className="mb-1.5 flex items-center gap-2">
      <AssistantAvatar name={name} icon={icon} className="size-6 rounded-md text-[11px]" />
      <h2 className="truncate text-[13px] font-semibold">{name}</h2>
      {refused && (
        <Tooltip content={text.refusedHint} side="top">
          <Badge tone="bad">
            <ShieldAlert aria-hidden /> {text.refused}
          </Badge>
        </Tooltip>
      )}
      {mock && !refused && (
        <Tooltip content={text.mockHint} side="top">
          <Badge tone="warn">
            <FlaskConical aria-hidden /> {text.mock}
          </Badge>
        </Tooltip>
      )}
    </div>
  );
}

function RetryButton({ onRetry }: { onRetry: () => void }) {
  return (
    <Button size="sm" className="justify-self-start" onClick={onRetry}>
      <RotateCw /> {text.retry}
    </Button>
  );
}

/** What a guardrail has to say in place of an answer. A stored reply says it in its text already. */
function Refusal({ told, onRetry }: { told: string | null; onRetry: (() => void) | undefined }) {
  return (
    <div className="mt-1 grid gap-2">
      {told && (
        <p role="alert" className="leading-relaxed break-words">
          {told}
        </p>
      )}
      {onRetry && <RetryButton onRetry={onRetry} />}
    </div>
  );
}

/** Why there is no whole answer; where a server only wants to know who asks, the way to tell it. */
function Failure({ error, onRetry }: { error: unknown; onRetry: (() => void) | undefined }) {
  const demands = error instanceof ApiError ? error.signInDemands : [];
  if (demands.length === 0) {
    return (
      <div className="mt-2">
        <ErrorNote title={text.failed} error={error ?? new Error(text.failedReason)} onRetry={onRetry} />
      </div>
    );
  }
  return (
    <div className="mt-2 grid gap-2">
      <SignInNote demands={demands}>{text.signInFirst}</SignInNote>
      {onRetry && <RetryButton onRetry={onRetry} />}
    </div>
  );
}

export function AssistantMessage({ name, icon = null, reply, mock, error, onRetry, onDecide, onAnswer, plainCitations = false, children }: AssistantMessageProps) {
  const { state } = reply;
  const running = state === "running";
  const asked = onAnswer ? reply.asked : null;
  const words = asked && reply.text === spoken(asked.surface) ? "" : reply.text;
  const numbers = new Map(reply.citations.map((citation) => [citation.number, citation]));
  const tools = reply.steps.some(isCall);
  const waiting = reply.steps.filter((step) => step.state === "waiting");
  const cite = (number: number) => {
    const citation = numbers.get(number);
    if (citation) return <CitationChip citation={citation} plain={plainCitations} />;
    return running && tools ? <PendingChip number={number} /> : null;
  };
  return (
    <div className="min-w-0">
      <Head name={name} icon={icon} mock={mock} refused={reply.refused} />
      <Steps steps={reply.steps} seconds={running ? null : reply.seconds} />
      <Pictures steps={reply.steps} />
      <div className="min-w-0 leading-relaxed">
        {words ? <Markdown source={words} streaming={running} cite={cite} /> : running && <Waiting />}
      </div>
      {state === "waiting" && waiting.length > 0 && <Approval calls={waiting} steps={reply.steps} onDecide={onDecide} />}
      {asked && onAnswer && <QuestionForm asked={asked} onAnswer={onAnswer} />}
      {state === "stopped" && <p className="mt-2 text-[13px] text-fg-muted">{text.stopped}</p>}
      {state === "cut" && (
        <div className="mt-2 flex flex-wrap items-center gap-x-2 gap-y-1 text-[13px] text-fg-muted">
          <p>{text.cutReply}</p>
          {onRetry && <RetryButton onRetry={onRetry} />}
        </div>
      )}
      {state === "failed" && !reply.refused && <Failure error={error} onRetry={onRetry} />}
      {reply.refused && <Refusal told={!words && error instanceof ApiError ? (error.details ?? error.message) : null} onRetry={onRetry} />}
      {!running && <Sources citations={reply.citations} plain={plainCitations} />}
      {!running && state !== "waiting" && children}
    </div>
  );
}
