import { useState, type SyntheticEvent } from "react";

import { BackLink } from "@/components/back-link";
import { FormFoot } from "@/components/form-foot";
import { Page } from "@/components/page";
import { Section } from "@/components/section";
import { Confirm } from "@/components/ui/confirm";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { RadioCards } from "@/components/ui/radio-cards";
import { Select } from "@/components/ui/select";
import { useIntegrationProjects } from "@/features/integrations/projects";

import { CreatedKey } from "./created-key";
import { EngineNote } from "./engine-note";
import { useCreateKey } from "./queries";
import { PRESETS, rightsOf, type Preset } from "./rights";
import { text } from "./text";

interface Draft {
  alias: string;
  scope: "user" | "project";
  project: string;
  preset: Preset;
}

function OwnerFields({ draft, onChange }: { draft: Draft; onChange: (change: Partial<Draft>) => void }) {
  const { of, first } = useIntegrationProjects();
  const none = of.project.length === 0;
  const options = (["user", "project"] as const).map((scope) => ({
    value: scope,
    ...text.scopes[scope],
    ...(scope === "project" && none ? { disabled: true, hint: text.noProjects } : {}),
  }));
  const choose = (value: string) => {
    const scope = value === "project" ? "project" : "user";
    onChange({ scope, project: of[scope].includes(draft.project) ? draft.project : (of[scope][0] ?? first) });
  };
  return (
    <>
      <RadioCards label={text.whose} value={draft.scope} options={options} onChange={choose} />
      <Field label={text.project}>
        {(field) => (
          <Select id={field.id} value={draft.project} options={of[draft.scope].map((name) => ({ value: name, label: name }))} onChange={(project) => onChange({ project })} />
        )}
      </Field>
    </>
  );
}

export function NewPluginKeyPage() {
  const { first } = useIntegrationProjects();
  const [draft, setDraft] = useState<Draft>({ alias: "", scope: "user", project: first, preset: "ask" });
  const [tried, setTried] = useState(false);
  const [asking, setAsking] = useState(false);
  const create = useCreateKey();
  const patch = (change: Partial<Draft>) => setDraft((now) => ({ ...now, ...change }));
  const missing = draft.alias.trim() === "";
  const send = (confirmed: boolean) => {
    setAsking(false);
    create.mutate({ alias: draft.alias.trim(), scope: draft.scope, project_name: draft.project, rights: rightsOf(draft.preset), confirmed });
  };
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    setTried(true);
    if (missing) return;
    if (draft.scope === "project") setAsking(true);
    else send(false);
  };
  if (create.data) return <CreatedKey created={create.data} />;
  return (
    <Page title={text.createTitle} back={<BackLink to="/plugins">{text.back}</BackLink>}>
      <EngineNote />
      <form noValidate onSubmit={onSubmit}>
        <Section title={text.what}>
          <Field label={text.name} required hint={text.nameHint} error={tried && missing ? text.nameMissing : undefined}>
            {(field) => <Input {...field} autoFocus maxLength={255} value={draft.alias} onChange={(event) => patch({ alias: event.target.value })} />}
          </Field>
        </Section>
        <Section title={text.whose}>
          <OwnerFields draft={draft} onChange={patch} />
        </Section>
        <Section title={text.allowed} text={text.allowedText}>
          <RadioCards
            label={text.allowed}
            value={draft.preset}
            options={PRESETS.map((preset) => ({ value: preset, ...text.presets[preset] }))}
            onChange={(preset) => patch({ preset: preset as Preset })}
          />
        </Section>
        <div className="border-t border-line py-4">
          <FormFoot action={text.create} busy={text.creating} mutation={create} failed={text.createFailed} />
        </div>
      </form>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={text.confirmTitle(draft.project)}
        consequence={text.confirmText}
        action={text.confirm}
        busy={create.isPending}
        error={null}
        onConfirm={() => send(true)}
      />
    </Page>
  );
}
