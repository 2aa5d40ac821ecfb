import { ChevronLeft, ChevronRight, CornerUpLeft } from "lucide-react";

import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";

import { useVersion } from "./queries";
import { text } from "./text";
import type { Reply } from "./turns";

export interface VersionSwitch {
  now: number;
  all: number;
  show: (version: number) => void;
}

/** Goes through the answers to one question. */
export function Versions({ now, all, show }: VersionSwitch) {
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

interface UseVersionProps {
  conversationId: string;
  index: number;
  variant: number;
  reply: Reply;
  onUsed: () => void;
}

/** Lets the conversation go on from an earlier version of an answer. */
export function UseVersion({ conversationId, index, variant, reply, onUsed }: UseVersionProps) {
  const use = useVersion(conversationId);
  return (
    <>
      <Button look="ghost" size="sm" disabled={use.isPending} onClick={() => use.mutate({ index, variant, message: reply.text }, { onSuccess: onUsed })}>
        <CornerUpLeft /> {text.useVersion}
      </Button>
      {use.isError && <ErrorNote error={use.error} />}
    </>
  );
}

/** The reader looks at an earlier version: what the conversation goes on from, and how to go on from this one. */
export function EarlierVersion(props: UseVersionProps) {
  return (
    <div className="flex flex-wrap items-center gap-x-2 text-[13px] text-fg-muted">
      <p>{text.earlierVersion}</p>
      <UseVersion {...props} />
    </div>
  );
}
