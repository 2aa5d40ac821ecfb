import { CircleAlert, CircleCheck } from "lucide-react";
import { useEffect } from "react";

import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";

import { useCheckHealth, type Health } from "./detail-queries";
import { text } from "./text";

function Line({ good, children }: { good: boolean; children: string }) {
  const Icon = good ? CircleCheck : CircleAlert;
  return (
    <li className="flex items-start gap-2 text-[13px]">
      <Icon className={good ? "mt-0.5 size-4 shrink-0 text-good" : "mt-0.5 size-4 shrink-0 text-bad"} aria-hidden /> {children}
    </li>
  );
}

function Report({ report }: { report: Health }) {
  const said = text.health;
  return (
    <div className="grid gap-3">
      <ul className="grid gap-1.5">
        <Line good={report.configuration_valid}>{report.configuration_valid ? said.partsGood : said.partsBad}</Line>
        {report.configuration_valid && (
          <Line good={report.execution_successful}>{report.execution_successful ? said.answered : said.silent}</Line>
        )}
        {report.tools_available.map((tool) => (
          <Line key={tool} good>
            {said.tool(tool)}
          </Line>
        ))}
        {report.tools_misconfigured.map((tool) => (
          <Line key={tool} good={false}>
            {said.toolBad(tool)}
          </Line>
        ))}
      </ul>
      {report.error && (
        <div className="rounded-lg border border-bad/40 bg-bad-soft px-3 py-2.5 text-[13px]">
          <p className="font-medium">{report.error.message}</p>
          <p className="text-fg-muted">{[report.error.details, report.error.help].filter(Boolean).join(" ")}</p>
        </div>
      )}
    </div>
  );
}

/** Looks at the parts of an assistant and has its model answer once. */
export function HealthDialog({ assistant, onClose }: { assistant: { id: string; name: string }; onClose: () => void }) {
  const { mutate, data, error, isPending } = useCheckHealth(assistant.id);
  useEffect(() => mutate(), [mutate]);
  return (
    <Dialog open onOpenChange={onClose} title={text.health.title(assistant.name)} description={text.health.text}>
      <div role="status">
        {isPending && <div className="skeleton h-16" aria-label={text.health.running} />}
        {data && <Report report={data} />}
      </div>
      {error && <ErrorNote title={text.health.failed} error={error} />}
      <div className="flex justify-end gap-2">
        <Button disabled={isPending} onClick={() => mutate()}>
          {text.health.again}
        </Button>
        <Button look="primary" onClick={onClose}>
          {text.close}
        </Button>
      </div>
    </Dialog>
  );
}
