import { Check, Laptop, ShieldQuestionMark, X } from "lucide-react";
import type { KeyboardEvent } from "react";

import { Button } from "@/components/ui/button";
import { count } from "@/lib/format";

import type { Decision } from "./asking";
import { Arguments } from "./step-values";
import { text } from "./text";
import type { Step } from "./turns";

interface ApprovalProps {
  calls: readonly Step[];
  /** All steps of the reply, to name the sub-assistant that asks. */
  steps: readonly Step[];
  /** Absent once the conversation has gone on: then nobody can allow the calls any more. */
  onDecide?: ((decision: Decision) => void) | undefined;
}

function Call({ step, asker }: { step: Step; asker: string | null }) {
  return (
    <li className="grid grid-cols-[minmax(0,1fr)] gap-2 px-3.5 py-2.5">
      <p className="flex flex-wrap items-baseline gap-x-2 text-sm font-medium">
        {step.label}
        {asker && <span className="text-xs font-normal text-fg-muted">{text.askedBy(asker)}</span>}
      </p>
      {step.place && (
        <p className="-mt-1 flex items-start gap-1.5 text-[13px] text-fg-muted">
          <Laptop className="mt-0.5 size-3.5 shrink-0" aria-hidden />
          <span className="min-w-0 break-words">{text.runsOn(step.place)}</span>
        </p>
      )}
      <Arguments json={step.input} />
    </li>
  );
}

const focusNow = (node: HTMLElement | null) => {
  // Somebody who is writing the next message is not interrupted.
  if (node && !(document.activeElement instanceof HTMLTextAreaElement && document.activeElement.value)) node.focus({ preventScroll: true });
};

/** Tool calls that wait for the person's word: what would run, with what, and the decision. */
export function Approval({ calls, steps, onDecide }: ApprovalProps) {
  const nameOf = (id: string | null) => steps.find((step) => step.id === id)?.label ?? null;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !onDecide) return;
    const decision = { a: "allow", d: "deny" }[event.key.toLowerCase()];
    if (!decision) return;
    event.preventDefault();
    onDecide(decision as Decision);
  };
  if (!onDecide) {
    return <p className="mt-2 text-[13px] text-fg-muted">{text.neverDecided(count(calls.length, "tool call"))}</p>;
  }
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- keys are an extra to the two buttons
    <section
      ref={focusNow}
      tabIndex={-1}
      aria-label={text.approvalTitle(calls.length)}
      onKeyDown={onKeyDown}
      className="mt-2 overflow-hidden rounded-lg border border-warn-line bg-raised focus-visible:outline-accent-text"
    >
      <h3 className="flex items-center gap-2 border-b border-warn-line bg-warn-soft px-3.5 py-2 text-[13px] font-medium text-warn">
        <ShieldQuestionMark className="size-4 shrink-0" aria-hidden /> {text.approvalTitle(calls.length)}
      </h3>
      <ul className="divide-y divide-line">
        {calls.map((step) => (
          <Call key={step.id} step={step} asker={nameOf(step.parentId)} />
        ))}
      </ul>
      <div className="flex flex-wrap items-center gap-2 border-t border-line px-3.5 py-2.5">
        <Button look="primary" aria-keyshortcuts="a" onClick={() => onDecide("allow")}>
          <Check /> {text.allow(calls.length)} <Key>A</Key>
        </Button>
        <Button aria-keyshortcuts="d" onClick={() => onDecide("deny")}>
          <X /> {text.deny(calls.length)} <Key>D</Key>
        </Button>
        <p className="text-xs text-fg-muted max-sm:hidden">{text.approvalHint}</p>
      </div>
    </section>
  );
}

function Key({ children }: { children: string }) {
  return (
    <kbd aria-hidden className="rounded border border-current/40 px-1 font-mono text-[11px] leading-4 opacity-80 pointer-coarse:hidden">
      {children}
    </kbd>
  );
}
