import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";

import { ArgumentInput } from "./argument-input";
import { IntegrationSelect } from "./integration-select";
import { codeSourcesQuery, servingTypes, useInvoke, type CatalogueTool, type Invoked } from "./queries";
import { argumentsOf, initialValues, type ArgumentField } from "./schema-form";
import { text } from "./text";

const intoView = (node: HTMLElement | null) => {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  node?.scrollIntoView({ block: "nearest", behavior: still ? "auto" : "smooth" });
};

function Outcome({ told }: { told: Invoked }) {
  const status = told.metadata?.["http_status"];
  const failed = Boolean(told.error);
  return (
    <section ref={intoView} aria-label={text.output} className="grid min-w-0 gap-1.5">
      <p role="status" className={failed ? "text-[13px] font-medium text-bad" : "text-[13px] font-medium"}>
        {failed ? text.toolFailed : text.output}
        {typeof status === "number" && <span className="font-normal text-fg-muted"> · {text.status(status)}</span>}
      </p>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so the keyboard must reach it */}
      <pre tabIndex={0} className="max-h-96 overflow-auto rounded-lg border border-line bg-subtle p-3 font-mono text-xs break-words whitespace-pre-wrap">
        {told.error ?? (told.output?.length ? told.output : text.emptyOutput)}
      </pre>
    </section>
  );
}

function RepositorySelect({ project, value, onChange }: { project: string; value: string; onChange: (id: string) => void }) {
  const { data } = useQuery(codeSourcesQuery(project));
  if (data?.length === 0) return <p className="text-[13px] text-fg-muted">{text.noRepository}</p>;
  return (
    <Field label={text.repository} hint={text.repositoryHint}>
      {(field) => (
        <Select id={field.id} value={value} options={(data ?? []).map(({ id, repo_name }) => ({ value: id, label: repo_name }))} onChange={onChange} />
      )}
    </Field>
  );
}

interface TryToolProps {
  tool: CatalogueTool;
  fields: readonly ArgumentField[];
  project: string;
  integration: string | null;
}

/** Calls a tool once. What changes something is asked about first. */
export function TryTool({ tool, fields, project, integration }: TryToolProps) {
  const [typed, setTyped] = useState(() => initialValues(fields));
  const [chosen, setChosen] = useState(integration);
  const [source, setSource] = useState("");
  const [tried, setTried] = useState(false);
  const [asking, setAsking] = useState(false);
  const invoke = useInvoke(tool.name);
  const { values, problems } = argumentsOf(fields, typed);
  const name = tool.label ?? tool.name;
  const run = () => {
    setAsking(false);
    invoke.mutate({ project, tool_args: values, tool_creds: chosen ? { integration_id: chosen } : null, datasource_id: source || null });
  };
  const onRun = () => {
    setTried(true);
    if (Object.keys(problems).length > 0) return;
    if (tool.effect === "reads") run();
    else setAsking(true);
  };
  return (
    <section aria-label={text.tryIt} className="grid min-w-0 gap-4 border-t border-line pt-5">
      <div>
        <h3 className="text-sm font-semibold">{text.tryIt}</h3>
        <p className="text-[13px] text-fg-muted">{text.tryText}</p>
      </div>
      {tool.credential_type && (
        <IntegrationSelect
          label={text.integration}
          types={servingTypes(tool)}
          project={project}
          tool={tool.name}
          value={chosen}
          onChange={(setting) => setChosen(setting?.id ?? null)}
        />
      )}
      {tool.in_repository && <RepositorySelect project={project} value={source} onChange={setSource} />}
      {fields.map((field) => {
        const problem = problems[field.name];
        return (
          <ArgumentInput
            key={field.name}
            field={field}
            value={typed[field.name] ?? ""}
            problem={tried && problem ? text.problems[problem] : undefined}
            onChange={(value) => setTyped({ ...typed, [field.name]: value })}
          />
        );
      })}
      <Button look="primary" className="justify-self-start" disabled={invoke.isPending} onClick={onRun}>
        {invoke.isPending ? text.running : text.run}
      </Button>
      {invoke.isError && (
        <div key={invoke.submittedAt} ref={intoView}>
          <ErrorNote title={text.runFailed} error={invoke.error} />
        </div>
      )}
      {invoke.data && <Outcome key={invoke.submittedAt} told={invoke.data} />}
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={text.askTitle(name)}
        consequence={tool.effect === "destroys" ? text.askDestroys : text.askWrites}
        action={text.run}
        busy={invoke.isPending}
        error={null}
        onConfirm={run}
      />
    </section>
  );
}
