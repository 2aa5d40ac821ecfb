import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";

import { ErrorNote } from "@/components/error-note";
import { Section } from "@/components/section";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { Switch } from "@/components/ui/switch";
import { modelsQuery } from "@/features/models/queries";

import { draftFrom, temperatureOf, type FormState } from "./draft";
import { KnowledgePicker } from "./knowledge-picker";
import { useSaveAssistant } from "./queries";
import { StartersEditor } from "./starters-editor";
import { text } from "./text";

interface AssistantFormProps {
  id: string | null;
  initial: FormState;
  readOnly: boolean;
  onSaved: (id: string) => void;
}

type Patch = (change: Partial<FormState>) => void;
interface PartProps {
  form: FormState;
  patch: Patch;
  tried: boolean;
}

function IdentityPart({ form, patch, tried }: PartProps) {
  return (
    <Section title={text.identity} text={text.identityText}>
      <Field label={text.name} required error={tried && !form.name.trim() ? text.nameMissing : undefined}>
        {(field) => <Input {...field} value={form.name} maxLength={100} onChange={(event) => patch({ name: event.target.value })} />}
      </Field>
      <Field label={text.about} hint={text.aboutHint}>
        {(field) => <Input {...field} value={form.description} onChange={(event) => patch({ description: event.target.value })} />}
      </Field>
    </Section>
  );
}

function BehaviourPart({ form, patch, tried }: PartProps) {
  const { data: models = [] } = useQuery(modelsQuery);
  const wrong = tried && temperatureOf(form) === undefined;
  const known = models.some((model) => model.base_name === form.llm_model_type);
  const options = models.map((model) => ({
    value: model.base_name,
    label: model.label,
    note: model.default ? "default" : null,
  }));
  if (!known && form.llm_model_type) options.push({ value: form.llm_model_type, label: form.llm_model_type, note: "not offered now" });
  return (
    <Section title={text.behaviour} text={text.behaviourText}>
      <Field label={text.instructions} hint={text.instructionsHint}>
        {(field) => (
          <Textarea
            {...field}
            rows={10}
            className="field-sizing-content max-h-120 min-h-40"
            value={form.system_prompt}
            onChange={(event) => patch({ system_prompt: event.target.value })}
          />
        )}
      </Field>
      <div className="grid gap-4 sm:grid-cols-[1fr_180px]">
        <Field label={text.model}>
          {(field) => (
            <Select id={field.id} value={form.llm_model_type} onChange={(value) => patch({ llm_model_type: value })} options={options} />
          )}
        </Field>
        <Field label={text.temperature} hint={text.temperatureHint} error={wrong ? text.temperatureWrong : undefined}>
          {(field) => (
            <Input
              {...field}
              inputMode="decimal"
              className="tabular-nums"
              value={form.temperature}
              onChange={(event) => patch({ temperature: event.target.value })}
            />
          )}
        </Field>
      </div>
    </Section>
  );
}

function SharePart({ form, patch }: Pick<PartProps, "form" | "patch">) {
  const id = useId();
  return (
    <Section title={text.access}>
      <div className="flex items-start gap-3">
        <Switch id={id} checked={form.shared} onCheckedChange={(shared) => patch({ shared })} aria-describedby={`${id}-note`} />
        <div>
          <label htmlFor={id} className="text-[13px] font-medium">
            {text.share}
          </label>
          <p id={`${id}-note`} className="text-xs text-fg-muted">
            {text.shareHint}
          </p>
        </div>
      </div>
    </Section>
  );
}

export function AssistantForm({ id, initial, readOnly, onSaved }: AssistantFormProps) {
  const [form, setForm] = useState(initial);
  const [tried, setTried] = useState(false);
  const save = useSaveAssistant(id);
  const patch: Patch = (change) => {
    save.reset();
    setForm((now) => ({ ...now, ...change }));
  };
  const submit = () => {
    setTried(true);
    if (form.name.trim() && temperatureOf(form) !== undefined) save.mutate(draftFrom(form), { onSuccess: onSaved });
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <fieldset disabled={readOnly} className="contents">
        <IdentityPart form={form} patch={patch} tried={tried} />
        <BehaviourPart form={form} patch={patch} tried={tried} />
        <Section title={text.knowledge} text={text.knowledgeText}>
          <KnowledgePicker project={form.project} value={form.context} onChange={(context) => patch({ context })} />
        </Section>
        <Section title={text.starters} text={text.startersText}>
          <StartersEditor value={form.conversation_starters} onChange={(value) => patch({ conversation_starters: value })} />
        </Section>
        <SharePart form={form} patch={patch} />
      </fieldset>
      {!readOnly && (
        <div className="sticky bottom-0 -mx-4 grid gap-3 border-t border-line bg-bg px-4 py-3 sm:-mx-8 sm:px-8">
          {save.isError && <ErrorNote title={text.saveFailed} error={save.error} onRetry={submit} />}
          <div className="flex items-center justify-end gap-3">
            <span role="status" className="text-[13px] text-good">
              {save.isSuccess ? text.saved : ""}
            </span>
            <Button type="submit" look="primary" disabled={save.isPending}>
              {save.isPending ? text.saving : id ? text.save : text.createAction}
            </Button>
          </div>
        </div>
      )}
    </form>
  );
}
