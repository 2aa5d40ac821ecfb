import { useState, type SyntheticEvent } from "react";

import { ErrorNote } from "@/components/error-note";
import { FormFoot } from "@/components/form-foot";
import { Section } from "@/components/section";
import { SwitchField } from "@/components/switch-field";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";

import { useResetComponent, useSaveComponent, type ComponentSettings, type Declaration, type DeclaredField } from "./settings-queries";
import { text } from "./settings-text";
import { WhoChanged } from "./who-changed";

interface PartProps {
  field: DeclaredField;
  value: unknown;
  onChange: (value: unknown) => void;
}

const limitOf = (field: DeclaredField) => field.max_length ?? Infinity;
const tooLong = (field: DeclaredField, value: unknown) => typeof value === "string" && value.length > limitOf(field);

function hintOf(field: DeclaredField): string | undefined {
  if (!field.max_length) return undefined;
  return field.markup === "markdown" ? text.markdown(field.max_length) : text.plain(field.max_length);
}

function Part({ field, value, onChange }: PartProps) {
  if (field.type === "switch") return <SwitchField label={field.label} checked={value === true} onChange={onChange} />;
  return (
    <Field label={field.label} hint={hintOf(field)} error={tooLong(field, value) ? text.tooLong(limitOf(field)) : undefined}>
      {(attributes) => (
        <Textarea {...attributes} rows={3} value={typeof value === "string" ? value : ""} onChange={(event) => onChange(event.target.value)} />
      )}
    </Field>
  );
}

/** One component that administrators may change, with whether they did. */
export function ComponentForm({ component }: { component: Declaration }) {
  const [draft, setDraft] = useState<ComponentSettings>(component.value);
  const save = useSaveComponent(component.component_id);
  const reset = useResetComponent(component.component_id);
  const wrong = component.fields.some((field) => tooLong(field, draft[field.name]));
  const change = (name: string, value: unknown) => {
    save.reset();
    setDraft((now) => ({ ...now, [name]: value }));
  };
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!wrong) save.mutate(draft);
  };
  return (
    <Section title={component.label} text={component.description}>
      <form noValidate aria-label={component.label} onSubmit={onSubmit} className="grid gap-4">
        <div className="flex flex-wrap items-center gap-2">
          <Badge tone={component.overridden ? "accent" : "neutral"}>{component.overridden ? text.changedHere : text.asInFile}</Badge>
          {component.updated_by && component.updated_at && <WhoChanged by={component.updated_by} at={component.updated_at} />}
        </div>
        {component.fields.map((field) => (
          <Part key={field.name} field={field} value={draft[field.name]} onChange={(value) => change(field.name, value)} />
        ))}
        {reset.isError && <ErrorNote title={text.resetFailed} error={reset.error} />}
        <FormFoot action={text.save} busy={text.saving} mutation={save} failed={text.saveFailed} saved={text.saved} disabled={wrong}>
          {component.overridden && (
            <Button disabled={reset.isPending} onClick={() => reset.mutate(undefined)}>
              {text.reset}
            </Button>
          )}
        </FormFoot>
      </form>
    </Section>
  );
}
