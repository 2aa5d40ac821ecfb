import { useMutation } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";

import { send } from "@/api/client";
import { FormFoot } from "@/components/form-foot";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { downloadName, saveBlob } from "@/lib/download";

import { text } from "./health-text";

const MOST_HOURS = 336;

interface Order {
  issue: string;
  steps: string;
  hours: number;
}

async function download(order: Order): Promise<void> {
  const response = await send("/admin/support-bundle", { method: "POST", json: order });
  saveBlob(await response.blob(), downloadName(response, "codemie-support.tar.gz"));
}

/** Asks what is wrong, and hands over the archive for support. */
export function BundleDialog({ onClose }: { onClose: () => void }) {
  const [issue, setIssue] = useState("");
  const [steps, setSteps] = useState("");
  const [hours, setHours] = useState("24");
  const [tried, setTried] = useState(false);
  const making = useMutation({ mutationFn: download });
  const span = Number(hours);
  const fits = Number.isInteger(span) && span >= 1 && span <= MOST_HOURS;
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    setTried(true);
    if (issue.trim() && fits) making.mutate({ issue: issue.trim(), steps: steps.trim(), hours: span }, { onSuccess: onClose });
  };
  return (
    <Dialog open onOpenChange={onClose} title={text.bundleTitle} description={text.bundleAbout} className="max-w-lg">
      <form noValidate onSubmit={onSubmit} className="grid gap-4">
        <Field label={text.issue} hint={text.issueHint} required error={tried && !issue.trim() ? text.issueMissing : undefined}>
          {(field) => <Textarea {...field} rows={4} maxLength={20000} value={issue} onChange={(event) => setIssue(event.target.value)} />}
        </Field>
        <Field label={text.steps}>
          {(field) => <Textarea {...field} rows={2} maxLength={20000} value={steps} onChange={(event) => setSteps(event.target.value)} />}
        </Field>
        <Field label={text.hours} error={tried && !fits ? text.hoursWrong : undefined}>
          {(field) => <Input {...field} inputMode="numeric" value={hours} onChange={(event) => setHours(event.target.value)} />}
        </Field>
        <FormFoot action={text.make} busy={text.making} mutation={making} failed={text.bundleFailed} />
      </form>
    </Dialog>
  );
}
