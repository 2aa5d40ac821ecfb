import { CircleCheck, CircleX } from "lucide-react";

import { CopyField } from "@/components/copy-field";

import type { Diagnosis } from "./queries";
import { text } from "./text";

/** How far a connection test came, step by step, and what to do where it ended. */
export function DiagnosisReport({ diagnosis, saved = false }: { diagnosis: Diagnosis; saved?: boolean }) {
  return (
    <section aria-label={text.result} role="status" className="grid gap-2 rounded-lg border border-line p-3 text-[13px]">
      {saved && <p className="font-medium">{text.savedResult}</p>}
      <p className={diagnosis.success ? "font-medium text-good" : "font-medium text-bad"}>{text.verdicts[diagnosis.verdict]}</p>
      <ol className="grid gap-1.5">
        {diagnosis.steps.map((step, number) => (
          <li key={number} className="flex gap-2">
            {step.passed ? (
              <CircleCheck className="mt-0.5 size-4 shrink-0 text-good" role="img" aria-label={text.passed} />
            ) : (
              <CircleX className="mt-0.5 size-4 shrink-0 text-bad" role="img" aria-label={text.failed} />
            )}
            <span className="grid min-w-0">
              <span className="break-words">
                <span className="font-medium">{text.steps[step.name] ?? step.name}</span> <span className="text-fg-muted">{step.detail}</span>
              </span>
              {step.action && <span className="break-words">{step.action}</span>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** The address that the other side's firewall must admit. */
export function EgressAddress({ address }: { address: string | null | undefined }) {
  if (!address) return <p className="text-xs text-fg-muted">{text.egressUnknown}</p>;
  return (
    <div className="grid gap-1.5 sm:max-w-sm">
      <p className="text-xs text-fg-muted">{text.egress}</p>
      <CopyField label={text.egress} value={address} />
    </div>
  );
}
