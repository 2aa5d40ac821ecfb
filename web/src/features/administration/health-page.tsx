import { useQuery } from "@tanstack/react-query";
import { Download, HeartPulse, LifeBuoy, RotateCw } from "lucide-react";
import { useState } from "react";

import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { Page } from "@/components/page";
import { RowSkeleton } from "@/components/results";
import { Section } from "@/components/section";
import { Button } from "@/components/ui/button";
import { saveBlob } from "@/lib/download";

import { BundleDialog } from "./bundle-dialog";
import { CheckRow, StatusBadge } from "./health-check";
import { healthQuery, type HealthCheck, type HealthReport } from "./health-queries";
import { text } from "./health-text";

const ORDER = ["fail", "warn", "unknown", "pass", "skip"] as const;

function grouped(checks: HealthCheck[]): (readonly [string, HealthCheck[]])[] {
  const phases = [...new Set(checks.map(({ phase }) => phase))];
  return phases.map((phase) => [phase, checks.filter((check) => check.phase === phase)]);
}

function verdict({ fail = 0, warn = 0 }: HealthReport["summary"]): string {
  if (fail > 0) return text.someBad(fail);
  return warn > 0 ? text.someWarn(warn) : text.allGood;
}

function Summary({ report }: { report: HealthReport }) {
  const seconds = (report.duration_ms / 1000).toFixed(1);
  return (
    <section aria-label={text.summary} className="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg border border-line p-4">
      <div className="grid min-w-0 flex-1 basis-48">
        <p role="status" className="font-semibold">
          {verdict(report.summary)}
        </p>
        <p className="text-[13px] text-fg-muted">{text.checked(report.checks.length, seconds)}</p>
      </div>
      <ul className="flex flex-wrap gap-2">
        {ORDER.filter((status) => report.summary[status]).map((status) => (
          <li key={status} className="flex items-center gap-1 text-[13px]">
            {report.summary[status]} <StatusBadge status={status} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Report({ report }: { report: HealthReport }) {
  if (report.checks.length === 0) return <EmptyState icon={HeartPulse} title={text.emptyTitle} text={text.emptyText} />;
  return (
    <>
      <Summary report={report} />
      <div>
        {grouped(report.checks).map(([phase, checks]) => (
          <Section key={phase} title={text.phase(phase)}>
            <ul>
              {checks.map((check) => (
                <CheckRow key={check.id} check={check} />
              ))}
            </ul>
          </Section>
        ))}
      </div>
    </>
  );
}

function saveReport(report: HealthReport) {
  const name = `codemie-health-${report.started.replaceAll(":", "")}.json`;
  saveBlob(new Blob([JSON.stringify(report, null, 2)], { type: "application/json" }), name);
}

/** The installation as it sees itself, for administrators. */
export function HealthPage() {
  const query = useQuery(healthQuery);
  const { data: report } = query;
  const [bundling, setBundling] = useState(false);
  const actions = (
    <>
      <Button onClick={() => setBundling(true)}>
        <LifeBuoy /> {text.bundle}
      </Button>
      <Button disabled={!report} onClick={() => report && saveReport(report)}>
        <Download /> {text.download}
      </Button>
      <Button look="primary" disabled={query.isFetching} onClick={() => void query.refetch()}>
        <RotateCw /> {query.isFetching ? text.running : text.again}
      </Button>
    </>
  );
  return (
    <Page title={text.title} description={text.description} wide actions={actions}>
      {query.isPending && <RowSkeleton label={text.loading} />}
      {query.isError && <ErrorNote title={text.loadFailed} error={query.error} onRetry={() => void query.refetch()} />}
      {report && !query.isError && <Report report={report} />}
      {bundling && <BundleDialog onClose={() => setBundling(false)} />}
    </Page>
  );
}
