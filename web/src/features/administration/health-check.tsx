import { CircleAlert, CircleCheck, CircleHelp, CircleMinus, TriangleAlert, type LucideIcon } from "lucide-react";

import { Disclosure } from "@/components/disclosure";
import { Badge, type Tone } from "@/components/ui/badge";

import type { HealthCheck } from "./health-queries";
import { text } from "./health-text";

const LOOKS: Record<HealthCheck["status"], { tone: Tone; icon: LucideIcon }> = {
  pass: { tone: "good", icon: CircleCheck },
  warn: { tone: "warn", icon: TriangleAlert },
  fail: { tone: "bad", icon: CircleAlert },
  unknown: { tone: "neutral", icon: CircleHelp },
  skip: { tone: "neutral", icon: CircleMinus },
};

export function StatusBadge({ status }: { status: HealthCheck["status"] }) {
  const { tone, icon: Icon } = LOOKS[status];
  return (
    <Badge tone={tone}>
      <Icon aria-hidden /> {text.statuses[status]}
    </Badge>
  );
}

function Facts({ check }: { check: HealthCheck }) {
  if (check.evidence.length === 0) return null;
  return (
    <dl aria-label={text.seen} className="grid gap-0.5 text-[13px]">
      {check.evidence.map(({ source, value }) => (
        <div key={source} className="flex flex-wrap gap-x-2">
          <dt className="min-w-0 break-all text-fg-muted">{source}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Remedy({ steps }: { steps: string[] }) {
  return (
    <div className="grid gap-1 rounded-md bg-subtle px-3 py-2 text-[13px]">
      <p className="font-medium">{text.todo}</p>
      <ul className="grid list-disc gap-1 pl-4">
        {steps.map((step) => (
          <li key={step} className="break-words">
            {step}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** One check: what it found first, what it is for when asked. */
export function CheckRow({ check }: { check: HealthCheck }) {
  const speaks = check.status !== "pass" && check.status !== "skip";
  return (
    <li className="grid gap-2 border-t border-line py-3 first:border-t-0" data-check={check.id}>
      <div className="flex flex-wrap items-start gap-x-3 gap-y-1">
        <div className="grid min-w-0 flex-1 basis-60 gap-0.5">
          <h3 className="text-sm font-medium break-words">{check.title}</h3>
          <p className="text-[13px] break-words text-fg-muted">{check.detail}</p>
        </div>
        <StatusBadge status={check.status} />
      </div>
      {speaks && check.remedy.length > 0 && <Remedy steps={check.remedy} />}
      {speaks && <Facts check={check} />}
      <Disclosure label={text.more} note={check.id}>
        <dl className="grid gap-2 text-[13px]">
          <div>
            <dt className="text-fg-muted">{text.symptom}</dt>
            <dd className="break-words">{check.symptom}</dd>
          </div>
          <div>
            <dt className="text-fg-muted">{text.cause}</dt>
            <dd className="break-words whitespace-pre-line">{check.cause}</dd>
          </div>
        </dl>
        {!speaks && <Facts check={check} />}
      </Disclosure>
    </li>
  );
}
