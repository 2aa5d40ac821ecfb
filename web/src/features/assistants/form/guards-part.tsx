import { GuardPicker } from "@/features/guardrails/guard-picker";

import type { PartProps } from "./part";

export function GuardsPart({ form, patch, problems }: PartProps) {
  return (
    <>
      <GuardPicker of="assistant" project={form.project} value={form.guards} onChange={(guards) => patch({ guards })} />
      {problems.guards && (
        <p role="alert" className="text-xs text-bad">
          {problems.guards}
        </p>
      )}
    </>
  );
}
