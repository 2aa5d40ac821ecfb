import { Bot, ChevronRight, CircleAlert, CircleCheck, CirclePause, CircleSlash, LoaderCircle, TextQuote } from "lucide-react";

import { duration } from "@/lib/format";

import { Arguments, Raw } from "./step-values";
import { text } from "./text";
import { isCall, type Step, type StepState } from "./turns";

const ICONS = {
  running: [LoaderCircle, "animate-spin"],
  failed: [CircleAlert, "text-bad"],
  denied: [CircleSlash, "text-warn"],
  cut: [CircleSlash, "text-fg-muted"],
  waiting: [CirclePause, "text-warn"],
  done: [CircleCheck, "text-good"],
} as const satisfies Record<StepState, readonly [typeof Bot, string]>;

export function StateIcon({ state }: { state: StepState }) {
  const [Icon, tone] = ICONS[state];
  return <Icon className={`size-3.5 shrink-0 ${tone}`} role="img" aria-label={text.stepStates[state]} />;
}

export const WordsIcon = () => <TextQuote className="size-3.5 shrink-0" aria-hidden />;

function Result({ step }: { step: Step }) {
  if (step.state === "denied") return <p className="text-[13px] text-fg-muted">{text.denied}</p>;
  if (step.state === "cut") return <p className="text-[13px] text-fg-muted">{text.cutOff}</p>;
  return <Raw label={step.state === "failed" ? text.toolError : text.toolOutput} value={step.output} />;
}

function Input({ step }: { step: Step }) {
  if (!step.input || step.input === "{}") return null;
  return (
    <div className="grid gap-1">
      <p className="text-xs text-fg-muted">{text.toolInput}</p>
      <div className="rounded-md bg-muted px-2.5 py-2 text-fg">
        <Arguments json={step.input} />
      </div>
    </div>
  );
}

/** One step; what a sub-assistant did on the way stands below its call. */
export function StepRow({ step, all }: { step: Step; all: readonly Step[] }) {
  if (!isCall(step)) return <li className="py-1 pl-1 text-[13px] break-words whitespace-pre-wrap text-fg-muted">{step.output}</li>;
  const below = all.filter((other) => other.parentId === step.id);
  return (
    <li>
      <details className="group/step" open={step.kind === "agent" && step.state === "running" ? true : undefined}>
        <summary className="flex min-h-7 list-none items-center gap-2 rounded-md px-1 text-[13px] hover:bg-muted [&::-webkit-details-marker]:hidden">
          <StateIcon state={step.state} />
          {step.kind === "agent" && <Bot className="size-3.5 shrink-0" aria-hidden />}
          <span className="truncate font-medium text-fg">{step.label}</span>
          {step.seconds !== null && <span className="shrink-0 text-xs tabular-nums">{duration(step.seconds)}</span>}
          <ChevronRight className="ml-auto size-3.5 shrink-0 transition-transform [details[open]>summary>&]:rotate-90" aria-hidden />
        </summary>
        <div className="grid grid-cols-[minmax(0,1fr)] gap-2 py-2 pl-6">
          {step.place && <p className="text-xs break-words">{text.ranOn(step.place)}</p>}
          <Input step={step} />
          {below.length > 0 && <StepList steps={below} all={all} label={text.stepsOf(step.label)} />}
          <Result step={step} />
        </div>
      </details>
    </li>
  );
}

export function StepList({ steps, all, label }: { steps: readonly Step[]; all: readonly Step[]; label: string }) {
  return (
    <ol aria-label={label} className="grid grid-cols-[minmax(0,1fr)] gap-0.5 border-l border-line pl-3">
      {steps.map((step) => (
        <StepRow key={step.id} step={step} all={all} />
      ))}
    </ol>
  );
}
