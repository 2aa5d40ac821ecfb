import { ChevronRight } from "lucide-react";

import { count, duration } from "@/lib/format";

import { StateIcon, StepList, WordsIcon } from "./step-row";
import { text } from "./text";
import { isCall, type Step, type StepState } from "./turns";

const NAMED = 2;

function usedBy(steps: readonly Step[]): string {
  const names = [...new Set(steps.filter((step) => isCall(step) && step.parentId === null).map((step) => step.label))];
  if (names.length === 0) return text.thoughts;
  const more = names.length - NAMED;
  return text.used(names.slice(0, NAMED).join(", "), more > 0 ? more : 0);
}

function summaryOf(steps: readonly Step[], seconds: number | null): string {
  const running = steps.findLast((step) => step.state === "running");
  if (running) return isCall(running) ? text.working(running.label) : text.thinking;
  const number = (state: StepState) => steps.filter((step) => isCall(step) && step.state === state).length;
  const parts = [
    usedBy(steps),
    number("failed") > 0 ? `${count(number("failed"), "call")} failed` : "",
    number("denied") > 0 ? `${count(number("denied"), "call")} denied` : "",
    seconds === null ? "" : duration(seconds),
  ];
  return parts.filter(Boolean).join(" · ");
}

function outcome(steps: readonly Step[]): StepState | null {
  for (const state of ["running", "failed", "denied"] as const) {
    if (steps.some((step) => step.state === state)) return state;
  }
  return steps.some(isCall) ? "done" : null;
}

/** Thoughts and tool calls folded into one line with outcome and duration. */
export function Steps({ steps, seconds }: { steps: readonly Step[]; seconds: number | null }) {
  const known = new Set(steps.map((step) => step.id));
  const top = steps.filter((step) => (step.parentId === null || !known.has(step.parentId)) && step.state !== "waiting");
  if (top.length === 0) return null;
  const state = outcome(steps);
  return (
    <details className="group/steps mb-2.5 text-fg-muted">
      <summary className="inline-flex min-h-7 max-w-full list-none items-center gap-2 rounded-md border border-line bg-subtle px-2.5 text-[13px] hover:border-line-strong [&::-webkit-details-marker]:hidden">
        {state ? <StateIcon state={state} /> : <WordsIcon />}
        <span className="truncate">{summaryOf(steps, seconds)}</span>
        <ChevronRight className="size-3.5 shrink-0 transition-transform group-open/steps:rotate-90" aria-hidden />
      </summary>
      <div className="mt-1.5 ml-2">
        <StepList steps={top} all={steps} label={text.thoughts} />
      </div>
    </details>
  );
}
