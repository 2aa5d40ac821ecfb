import { useQuery } from "@tanstack/react-query";

import { Disclosure } from "@/components/disclosure";
import { SwitchField } from "@/components/switch-field";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { RadioCards } from "@/components/ui/radio-cards";
import { Select } from "@/components/ui/select";
import { type Model, modelsQuery, painterModelsQuery } from "@/features/models/queries";

import type { AgentMode } from "../draft";
import { text } from "../form-text";
import type { PartProps } from "./part";
import { PromptPreview } from "./prompt-preview";
import { WriteInstructions } from "./write-instructions";

function optionsOf(models: Model[], current: string) {
  const options = models.map((model) => ({ value: model.base_name, label: model.label, note: model.default ? "default" : null }));
  const known = models.some((model) => model.base_name === current);
  if (!known && current) options.push({ value: current, label: current, note: "not offered now" });
  return options;
}

function useModelOptions(current: string) {
  const { data: models = [] } = useQuery(modelsQuery);
  return optionsOf(models, current);
}

function ModelFields({ form, patch, problems }: PartProps) {
  const options = useModelOptions(form.llm_model_type);
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-[1fr_180px]">
        <Field label={text.model} error={problems.llm_model_type}>
          {(field) => (
            <Select id={field.id} value={form.llm_model_type} onChange={(value) => patch({ llm_model_type: value })} options={options} />
          )}
        </Field>
        <Field label={text.temperature} hint={text.temperatureHint} error={problems.temperature}>
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
      <Disclosure label={text.advancedModel} open={Boolean(form.top_p || problems.top_p)}>
        <Field label={text.topP} hint={text.topPHint} error={problems.top_p}>
          {(field) => (
            <Input
              {...field}
              inputMode="decimal"
              className="tabular-nums sm:max-w-45"
              value={form.top_p}
              onChange={(event) => patch({ top_p: event.target.value })}
            />
          )}
        </Field>
      </Disclosure>
    </>
  );
}

const MODES = Object.entries(text.modes).map(([value, said]) => ({ value, ...said }));

function ModeFields({ form, patch, problems }: PartProps) {
  return (
    <>
      <div className="grid gap-1.5">
        <p className="text-[13px] font-medium">{text.mode}</p>
        <RadioCards label={text.mode} value={form.agent_mode} onChange={(mode) => patch({ agent_mode: mode as AgentMode })} options={MODES} />
      </div>
      {form.agent_mode === "plan_execute" && (
        <Field label={text.plan} hint={text.planHint} error={problems.plan_prompt}>
          {(field) => (
            <Textarea
              {...field}
              className="field-sizing-content max-h-60 min-h-20"
              value={form.plan_prompt}
              onChange={(event) => patch({ plan_prompt: event.target.value })}
            />
          )}
        </Field>
      )}
    </>
  );
}

/** An option of a select cannot be empty. */
const FIRST = ":first";

function PictureFields({ form, patch }: PartProps) {
  const { data: painters } = useQuery(painterModelsQuery);
  const options = [{ value: FIRST, label: text.firstPictureModel, note: null }, ...optionsOf(painters ?? [], form.image_generation_model)];
  return (
    <>
      <SwitchField
        label={text.pictures}
        hint={painters?.length === 0 ? text.picturesImpossible : text.picturesHint}
        checked={form.enable_image_generation}
        onChange={(enable_image_generation) => patch({ enable_image_generation })}
      />
      {form.enable_image_generation && (
        <Field label={text.pictureModel}>
          {(field) => (
            <Select
              id={field.id}
              value={form.image_generation_model || FIRST}
              onChange={(value) => patch({ image_generation_model: value === FIRST ? "" : value })}
              options={options}
            />
          )}
        </Field>
      )}
    </>
  );
}

export function BehaviourPart({ id, ...props }: PartProps & { id: string | null }) {
  const { form, patch, problems } = props;
  return (
    <>
      <div className="grid gap-2">
        <Field label={text.instructions} hint={text.instructionsHint} error={problems.system_prompt}>
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
        <div className="flex flex-wrap gap-2">
          <WriteInstructions value={form.system_prompt} onWritten={(system_prompt) => patch({ system_prompt })} />
          <PromptPreview form={form} id={id} />
        </div>
      </div>
      <ModelFields {...props} />
      <ModeFields {...props} />
      <PictureFields {...props} />
    </>
  );
}
