import { useQuery, useSuspenseQuery } from "@tanstack/react-query";

import { ErrorNote } from "@/components/error-note";
import { Page } from "@/components/page";
import { Badge } from "@/components/ui/badge";
import { sessionQuery } from "@/features/identity/queries";
import { isSuperuser } from "@/features/identity/rights";
import { absoluteTime } from "@/lib/format";

import { catalogueQuery, modelsQuery } from "./queries";
import { text } from "./text";

const EXAMPLE = `endpoints:
  openai:
    base_url: https://api.openai.com/v1
    api_key_env: OPENAI_API_KEY

llm_models:
  - base_name: gpt-5-mini
    deployment_name: gpt-5-mini
    label: GPT-5 mini
    provider: openai
    enabled: true
    multimodal: true
    cost: {input: 0.00000025, output: 0.000002}
    default_for_categories: [global]`;

function Models() {
  const query = useQuery(modelsQuery);
  if (query.isError) return <ErrorNote title={text.loadFailed} error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <ul className="rounded-lg border border-line">
      {query.data?.map((model) => (
        <li key={model.base_name} className="flex min-h-10 flex-wrap items-center gap-2 border-t border-line px-4 py-2 text-[13px] first:border-t-0">
          <span className="font-medium">{model.label}</span>
          <span className="text-fg-muted">{model.runs_on}</span>
          <span className="ml-auto flex gap-1.5">
            {model.is_mock && <Badge tone="warn">{text.mock}</Badge>}
            {model.default && <Badge tone="accent">{text.isDefault}</Badge>}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** What an edit of the file got wrong. Who edits it is an administrator; nobody else is told what is in it. */
function FileFindings() {
  const { data: caller } = useSuspenseQuery(sessionQuery);
  const { data } = useQuery({ ...catalogueQuery, enabled: isSuperuser(caller) });
  if (data?.problem) return <ErrorNote title={text.broken} error={new Error(data.problem)} />;
  if (!data?.warnings.length) return null;
  return (
    <section className="grid gap-1 text-[13px] text-warn">
      <h3 className="font-medium">{text.warnings}</h3>
      <ul className="list-disc pl-5 break-words">
        {data.warnings.map((warning) => (
          <li key={warning}>{warning}</li>
        ))}
      </ul>
    </section>
  );
}

/** Which version of the file is in use, where a command of the operator has exchanged it. */
function FileVersion() {
  const { data: caller } = useSuspenseQuery(sessionQuery);
  const { data } = useQuery({ ...catalogueQuery, enabled: isSuperuser(caller) });
  const last = data?.last_switch;
  if (!last) return null;
  return (
    <p className="text-[13px] text-fg-muted">
      {data.version != null && text.version(data.version)} {text.lastSwitch(last.from_version, last.to_version, absoluteTime(last.date), last.by)}
    </p>
  );
}

function Step({ title, children }: { title: string; children: string }) {
  return (
    <section className="grid gap-1">
      <h2 className="text-sm font-semibold">{title}</h2>
      <p className="max-w-prose text-sm text-fg-muted">{children}</p>
    </section>
  );
}

export function ConnectModelPage() {
  return (
    <Page title={text.title} description={text.description}>
      <Step title={text.file}>{text.fileText}</Step>
      <figure className="grid gap-1.5">
        <figcaption className="text-xs text-fg-muted">{text.example}</figcaption>
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling region must be reachable by keyboard */}
        <pre tabIndex={0} role="region" aria-label={text.example} className="overflow-x-auto rounded-lg border border-line bg-subtle p-4 font-mono text-[13px] leading-relaxed">
          {EXAMPLE}
        </pre>
        <p className="text-xs text-fg-muted">{text.providers}</p>
      </figure>
      <Step title={text.key}>{text.keyText}</Step>
      <Step title={text.check}>{text.checkText}</Step>
      <FileFindings />
      <section className="grid gap-2">
        <h2 className="text-sm font-semibold">{text.models}</h2>
        <Models />
        <FileVersion />
      </section>
    </Page>
  );
}
