import { Section } from "@/components/section";
import { SwitchField } from "@/components/switch-field";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { RadioCards } from "@/components/ui/radio-cards";
import { Select } from "@/components/ui/select";

import type { Draft, Problems } from "./draft";
import { useIntegrationProjects } from "./projects";
import type { IntegrationType, Scope } from "./queries";
import { text } from "./text";

interface OwnerPartProps {
  type: IntegrationType;
  draft: Draft;
  /** A stored one keeps its owner; it moves to another project by itself. */
  fixed: boolean;
  problems: Problems;
  onChange: (change: Partial<Draft>) => void;
}

export function OwnerPart({ type, draft, fixed, problems, onChange }: OwnerPartProps) {
  const { of, first } = useIntegrationProjects();
  const choices = (["user", "project"] as const).map((scope) => ({
    value: scope,
    ...text.scopes[scope],
    disabled: scope === "user" ? !type.personal : of.project.length === 0,
    ...(scope === "user" && !type.personal ? { hint: text.notPersonal } : {}),
    ...(scope === "project" && of.project.length === 0 ? { hint: text.noProjects } : {}),
  }));
  const projects = [...new Set([draft.project, ...of[draft.scope]])].map((name) => ({ value: name, label: name }));
  const chooseScope = (value: string) => {
    const scope = value as Scope;
    onChange({ scope, project: of[scope].includes(draft.project) ? draft.project : (of[scope][0] ?? first) });
  };
  return (
    <Section title={text.whose} text={text.whoseText}>
      <Field label={text.name} hint={text.nameHint} error={problems["alias"]} required>
        {(field) => <Input {...field} maxLength={255} value={draft.alias} onChange={(event) => onChange({ alias: event.target.value })} />}
      </Field>
      {!fixed && <RadioCards label={text.whose} value={draft.scope} options={choices} onChange={chooseScope} />}
      {!fixed && (
        <Field label={text.project}>
          {(field) => <Select id={field.id} value={draft.project} options={projects} onChange={(project) => onChange({ project })} />}
        </Field>
      )}
      {draft.scope === "user" && (
        <SwitchField label={text.global} hint={text.globalHint} checked={draft.isGlobal} onChange={(isGlobal) => onChange({ isGlobal })} />
      )}
    </Section>
  );
}
