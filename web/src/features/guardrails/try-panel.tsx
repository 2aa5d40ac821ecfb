import { useState } from "react";

import { ErrorNote } from "@/components/error-note";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";

import { rulesOf, type Draft } from "./draft";
import { useTryRules } from "./queries";
import { text } from "./text";

/** A text in, and what would become of it, with the rules as they stand in the form. */
export function TryPanel({ draft, onIncomplete }: { draft: Draft; onIncomplete: () => void }) {
  const [sample, setSample] = useState("");
  const attempt = useTryRules();
  const rules = rulesOf(draft.rules);
  const onTry = () => {
    if (rules === null) onIncomplete();
    else attempt.mutate({ project: draft.project, name: draft.name || text.createTitle, rules, text: sample });
  };
  return (
    <>
      <Field label={text.tryText}>
        {(field) => <Textarea {...field} maxLength={50_000} value={sample} onChange={(event) => setSample(event.target.value)} />}
      </Field>
      <Button className="justify-self-start" disabled={attempt.isPending || sample === ""} onClick={onTry}>
        {attempt.isPending ? text.trying : text.tryIt}
      </Button>
      {attempt.isError && <ErrorNote title={text.tryFailed} error={attempt.error} />}
      <div role="status" aria-label={text.outcome}>
        {attempt.data && (
          <div className="grid gap-2 rounded-lg border border-line bg-subtle p-3 text-[13px]">
            <p className="font-medium">{text.outcomes[attempt.data.action]}</p>
            {attempt.data.action !== "none" && <p className="break-words whitespace-pre-wrap">{attempt.data.text}</p>}
            {attempt.data.found.length > 0 && (
              <p className="flex flex-wrap gap-1.5">
                {attempt.data.found.map((found, place) => (
                  <Badge key={place}>{text.found(found.label, found.count)}</Badge>
                ))}
              </p>
            )}
          </div>
        )}
      </div>
    </>
  );
}
