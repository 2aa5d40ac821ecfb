import { ChevronLeft, ChevronRight, FlaskConical, RotateCcw } from "lucide-react";
import type { ReactNode } from "react";

import { ErrorNote } from "@/components/error-note";
import { Badge } from "@/components/ui/badge";
import { IconButton } from "@/components/ui/icon-button";
import { Tooltip } from "@/components/ui/tooltip";
import { AssistantAvatar } from "@/features/assistants/avatar";
import { duration } from "@/lib/format";

import { CitationChip, PendingChip, Sources } from "./citation";
import { CopyButton } from "./code-block";
import { Markdown } from "./markdown";
import { Steps } from "./steps";
import { text } from "./text";
import type { Reply } from "./turns";

export interface VariantSwitch {
  now: number;
  all: number;
  show: (variant: number) => void;
}

interface AssistantMessageProps {
  name: string;
  reply: Reply;
  mock: boolean;
  error?: unknown;
  variants?: VariantSwitch | undefined;
  onRetry?: (() => void) | undefined;
  onRegenerate?: (() => void) | undefined;
}

function Variants({ now, all, show }: VariantSwitch) {
  return (
    <div role="group" aria-label={text.variant(now + 1, all)} className="flex items-center text-xs text-fg-muted tabular-nums">
      <IconButton label={text.previousVariant} disabled={now === 0} onClick={() => show(now - 1)}>
        <ChevronLeft />
      </IconButton>
      {now + 1}/{all}
      <IconButton label={text.nextVariant} disabled={now + 1 === all} onClick={() => show(now + 1)}>
        <ChevronRight />
      </IconButton>
    </div>
  );
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

function Head({ name, mock, children }: { name: string; mock: boolean; children?: ReactNode }) {
  return (
    <div className="mb-1.5 flex items-center gap-2">
      <AssistantAvatar name={name} className="size-6 rounded-md text-[11px]" />
      <h2 className="truncate text-[13px] font-semibold">{name}</h2>
      {mock && (
        <Tooltip content={text.mockHint} side="top">
          <Badge tone="warn">
            <FlaskConical aria-hidden /> {text.mock}
          </Badge>
        </Tooltip>
      )}
      {children}
    </div>
  );
}

export function AssistantMessage({ name, reply, mock, error, variants, onRetry, onRegenerate }: AssistantMessageProps) {
  const { state } = reply;
  const running = state === "running";
  const numbers = new Map(reply.citations.map((citation) => [citation.number, citation]));
  const tools = reply.steps.some((step) => step.tool);
  const cite = (number: number) => {
    const citation = numbers.get(number);
    if (citation) return <CitationChip citation={citation} />;
    return running && tools ? <PendingChip number={number} /> : null;
  };
  return (
    <div className="min-w-0">
      <Head name={name} mock={mock} />
      <Steps steps={reply.steps} seconds={running ? null : reply.seconds} />
      <div className="min-w-0 leading-relaxed">
        {reply.text ? <Markdown source={reply.text} streaming={running} cite={cite} /> : running && <Waiting />}
      </div>
      {state === "stopped" && <p className="mt-2 text-[13px] text-fg-muted">{text.stopped}</p>}
      {state === "failed" && (
        <div className="mt-2">
          <ErrorNote title={text.failed} error={error ?? new Error(text.failedReason)} onRetry={onRetry ?? onRegenerate} />
        </div>
      )}
      {!running && <Sources citations={reply.citations} />}
      {!running && (
        <div className="mt-1.5 -ml-1.5 flex min-h-7 items-center">
          {reply.text && <CopyButton value={reply.text} label={text.copy} />}
          {onRegenerate && (
            <IconButton label={text.regenerate} onClick={onRegenerate}>
              <RotateCcw />
            </IconButton>
          )}
          {variants && variants.all > 1 && <Variants {...variants} />}
          {reply.seconds !== null && <span className="ml-1.5 text-xs text-fg-faint tabular-nums">{duration(reply.seconds)}</span>}
        </div>
      )}
    </div>
  );
}
