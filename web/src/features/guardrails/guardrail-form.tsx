import { Plus } from "lucide-react";
import { useState, type SyntheticEvent } from "react";

import { FormFoot } from "@/components/form-foot";
import { LeaveGuard } from "@/components/leave-guard";
import { Section } from "@/components/section";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { Select } from "@/components/ui/select";

import { newRule, rulesOf, type Draft, type RuleDraft } from "./draft";
import { useKeptProjects } from "./projects";
import { useSaveGuardrail } from "./queries";
import { RuleEditor } from "./rule-editor";
import { text } from "./text";
import { TryPanel } from "./try-panel";

interface GuardrailFormProps {
  id: string | null;
  initial: Draft;
  onCreated?: (id: string) => void;
}

function ProjectSelect({ value, onChange }: { value: string; onChange: (project: string) => void }) {
  const { projects } = useKeptProjects();
  const options = [...new Set([value, ...projects])].map((name) => ({ value: name, label: name }));
  return <Field label={text.project}>{(field) => <Select id={field.id} value={value} options={options} onChange={onChange} />}</Field>;
}

function Rules({ rules, tried, onChange }: { rules: readonly RuleDraft[]; tried: boolean; onChange: (rules: RuleDraft[]) => void }) {
  return (
    <>
      {rules.map((rule, place) => (
        <RuleEditor
          key={rule.key}
          place={place + 1}
          rule={rule}
          tried={tried}
          onChange={(change) => onChange(rules.map((other) => (other.key === rule.key ? { ...other, ...change } : other)))}
          onRemove={() => onChange(rules.filter((other) => other.key !== rule.key))}
        />
      ))}
      {tried && rules.length === 0 && <p className="text-xs text-bad">{text.needsRule}</p>}
      <Button size="sm" className="justify-self-start" onClick={() => onChange([...rules, newRule()])}>
        <Plus /> {text.addRule}
      </Button>
    </>
  );
}

/** Writes a guardrail: what it is, its rules, and a place to try them. */
export function GuardrailForm({ id, initial, onCreated }: GuardrailFormProps) {
  const [draft, setDraft] = useState(initial);
  const [stored, setStored] = useState(initial);
  const [tried, setTried] = useState(false);
  const save = useSaveGuardrail(id);
  const patch = (change: Partial<Draft>) => {
    setDraft((now) => ({ ...now, ...change }));
    if (save.isSuccess) save.reset();
  };
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    setTried(true);
    const rules = rulesOf(draft.rules);
    if (rules === null || draft.name.trim() === "") return;
    save.mutate(
      { project: draft.project, name: draft.name.trim(), description: draft.description, rules },
      {
        onSuccess: (guardrail) => {
          setStored(draft);
          onCreated?.(guardrail.guardrailId);
        },
      },
    );
  };
  return (
    <form noValidate onSubmit={onSubmit}>
      <LeaveGuard dirty={() => draft !== stored && !save.isSuccess} />
      <Section title={text.what} text={text.whatText}>
        {id === null && <ProjectSelect value={draft.project} onChange={(project) => patch({ project })} />}
        <Field label={text.name} required error={tried && draft.name.trim() === "" ? text.needed : undefined}>
          {(field) => <Input {...field} maxLength={100} value={draft.name} onChange={(event) => patch({ name: event.target.value })} />}
        </Field>
        <Field label={text.descriptionLabel}>
          {(field) => <Textarea {...field} maxLength={1000} value={draft.description} onChange={(event) => patch({ description: event.target.value })} />}
        </Field>
      </Section>
      <Section title={text.rules} text={text.rulesText}>
        <Rules rules={draft.rules} tried={tried} onChange={(rules) => patch({ rules })} />
      </Section>
      <Section title={text.tryIt} text={text.tryItText}>
        <TryPanel draft={draft} onIncomplete={() => setTried(true)} />
      </Section>
      <div className="border-t border-line py-4">
        <FormFoot action={id === null ? text.createSubmit : text.save} busy={text.saving} mutation={save} failed={text.saveFailed} saved={text.saved} />
      </div>
    </form>
  );
}
