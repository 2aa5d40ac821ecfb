import { ChevronRight, CircleAlert, CircleCheck, LoaderCircle, TextQuote } from "lucide-react";

import { count, duration } from "@/lib/format";

import { text } from "./text";
import type { Step } from "./turns";

function StepIcon({ step }: { step: Step }) {
  if (step.running) return <LoaderCircle className="size-3.5 shrink-0 animate-spin" aria-hidden />;
  if (step.failed) return <CircleAlert className="size-3.5 shrink-0 text-bad" aria-hidden />;
  if (step.tool) return <CircleCheck className="size-3.5 shrink-0 text-good" aria-hidden />;
  return <TextQuote className="size-3.5 shrink-0" aria-hidden />;
}

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

function Raw({ label, value }: { label: string; value: string }) {
  if (!value) return null;
  return (
    <div className="grid gap-1">
      <p className="text-xs text-fg-muted">{label}</p>
      <pre
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling region must be reachable by keyboard
        tabIndex={0}
        role="region"
        aria-label={label}
        className="max-h-60 overflow-auto rounded-md bg-muted px-2.5 py-2 font-mono text-xs break-words whitespace-pre-wrap text-fg"
      >
        {value}
      </pre>
    </div>
  );
}

function StepRow({ step }: { step: Step }) {
  if (!step.tool) return <li className="py-1 pl-1 text-[13px] break-words whitespace-pre-wrap text-fg-muted">{step.output}</li>;
  return (
    <li>
      <details className="group/step">
        <summary className="flex min-h-7 list-none items-center gap-2 rounded-md px-1 text-[13px] hover:bg-muted [&::-webkit-details-marker]:hidden">
          <StepIcon step={step} />
          <span className="font-medium text-fg">{step.label}</span>
          {step.seconds !== null && <span className="text-xs tabular-nums">{duration(step.seconds)}</span>}
          <ChevronRight className="ml-auto size-3.5 transition-transform group-open/step:rotate-90" aria-hidden />
        </summary>
        <div className="grid gap-2 py-2 pl-6">
          <Raw label={text.toolInput} value={pretty(step.input)} />
          <Raw label={text.toolOutput} value={step.output} />
        </div>
      </details>
    </li>
  );
}

function summaryOf(steps: Step[], seconds: number | null): string {
  const tools = steps.filter((step) => step.tool);
  const running = steps.find((step) => step.running);
  if (running) return running.tool ? text.working(running.label) : text.thinking;
  const failed = tools.filter((step) => step.failed).length;
  const parts = [
    tools.length > 0 ? `Used ${[...new Set(tools.map((step) => step.label))].join(", ")}` : "Thoughts",
    failed > 0 ? `${count(failed, "call")} failed` : "",
    seconds === null ? "" : duration(seconds),
  ];
  return parts.filter(Boolean).join(" · ");
}

/** Thoughts and tool calls folded into one line with outcome and duration. */
export function Steps({ steps, seconds }: { steps: Step[]; seconds: number | null }) {
  if (steps.length === 0) return null;
  const running = steps.some((step) => step.running);
  const failed = steps.some((step) => step.failed);
  return (
    <details className="group/steps mb-2.5 text-fg-muted">
      <summary className="inline-flex min-h-7 max-w-full list-none items-center gap-2 rounded-md border border-line bg-subtle px-2.5 text-[13px] hover:border-line-strong [&::-webkit-details-marker]:hidden">
        <StepIcon step={{ id: "", label: "", tool: true, input: "", output: "", failed, running, seconds }} />
        <span className="truncate">{summaryOf(steps, seconds)}</span>
        <ChevronRight className="size-3.5 shrink-0 transition-transform group-open/steps:rotate-90" aria-hidden />
      </summary>
      <ol className="mt-1.5 ml-2 grid gap-0.5 border-l border-line pl-3">
        {steps.map((step) => (
          <StepRow key={step.id} step={step} />
        ))}
      </ol>
    </details>
  );
}
