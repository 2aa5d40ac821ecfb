import { useNavigate, useSearch } from "@tanstack/react-router";
import { CornerUpLeft } from "lucide-react";

import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";

import { AssistantMessage } from "./assistant-message";
import type { BranchTurn } from "./branches";
import { comparing, comparisonFrom } from "./comparison";
import { ReplyFacts } from "./reply-facts";
import { text } from "./text";
import type { Speaker } from "./turn-view";
import type { Variant } from "./turns";
import { useChooseBranch } from "./use-branch";
import { UserMessage } from "./user-message";
import { Versions } from "./versions";

interface SideProps {
  turn: BranchTurn;
  shown: number;
  speaker: Speaker;
  /** The questions differ: each stands above its answer. */
  withQuestion: boolean;
  onShow: (variant: number) => void;
}

function Answer({ variant, speaker }: { variant: Variant; speaker: Speaker }) {
  const { reply } = variant;
  if (!reply) return <p className="text-[13px] text-fg-muted">{text.neverAnswered}</p>;
  return <AssistantMessage name={speaker.nameOf(reply.assistantId)} icon={speaker.iconOf(reply.assistantId)} reply={reply} mock={false} plainCitations />;
}

function Side({ turn, shown, speaker, withQuestion, onShow }: SideProps) {
  const choose = useChooseBranch(speaker.conversationId);
  const variant = turn.variants[shown];
  if (!variant) return null;
  const all = turn.variants.length;
  const { reply } = variant;
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- what is reached by keyboard comes into view
    <section
      aria-label={text.variant(shown + 1, all)}
      onFocus={({ currentTarget }) => currentTarget.scrollIntoView({ block: "nearest", inline: "nearest" })}
      className="grid min-h-0 snap-start grid-rows-[auto_minmax(0,1fr)] rounded-lg border border-line"
    >
      <header className="flex min-h-10 flex-wrap items-center gap-x-2 border-b border-line px-2 py-1">
        <Versions now={shown} all={all} show={onShow} />
        {reply && <ReplyFacts reply={reply} />}
        <span className="ml-auto flex flex-wrap items-center">
          {variant === turn.shown ? (
            <Badge>{text.currentVersion}</Badge>
          ) : (
            reply && (
              <Button look="ghost" size="sm" onClick={() => choose({ index: turn.index, number: variant.number })}>
                <CornerUpLeft /> {text.useVersion}
              </Button>
            )
          )}
        </span>
      </header>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling region must be reachable by keyboard */}
      <div role="group" tabIndex={0} aria-label={text.answerText(shown + 1)} className="grid content-start gap-4 overflow-y-auto p-4 focus-visible:-outline-offset-2">
        {withQuestion && <UserMessage question={{ text: variant.question, files: variant.files }} />}
        <Answer variant={variant} speaker={speaker} />
      </div>
    </section>
  );
}

/** Two answers to one question side by side; on a narrow screen one swipes between them. */
export function ComparisonDialog({ turns, speaker }: { turns: readonly BranchTurn[]; speaker: Speaker }) {
  const { compare } = useSearch({ from: "/app/chat" });
  const navigate = useNavigate();
  const pair = comparisonFrom(compare);
  const turn = turns.find(({ index }) => index === pair?.turn);
  const [left, right] = [turn?.variants[pair?.left ?? -1], turn?.variants[pair?.right ?? -1]];
  if (!pair || !turn || !left || !right) return null;
  const show = (next: string | undefined) => void navigate({ to: ".", search: (now) => ({ ...now, compare: next }), replace: true });
  const close = () => show(undefined);
  const shared = { turn, speaker, withQuestion: left.question !== right.question };
  return (
    <Dialog
      open
      onOpenChange={close}
      title={text.compareTitle}
      description={<span className="line-clamp-2">{shared.withQuestion ? text.compareEdited : left.question}</span>}
      className="h-[88dvh] max-h-none max-w-6xl grid-rows-[auto_minmax(0,1fr)] overflow-hidden"
    >
      <div className="grid min-h-0 snap-x snap-mandatory auto-cols-[92%] grid-flow-col grid-rows-[minmax(0,1fr)] gap-3 overflow-x-auto sm:auto-cols-fr">
        <Side {...shared} shown={pair.left} onShow={(to) => show(comparing(turn.index, to, pair.right))} />
        <Side {...shared} shown={pair.right} onShow={(to) => show(comparing(turn.index, pair.left, to))} />
      </div>
    </Dialog>
  );
}
