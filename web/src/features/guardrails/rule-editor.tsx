import { Trash2 } from "lucide-react";

import { SwitchField } from "@/components/switch-field";
import { Field } from "@/components/ui/field";
import { IconButton } from "@/components/ui/icon-button";
import { Input, Textarea } from "@/components/ui/input";
import { Select } from "@/components/ui/select";

import { DETECTORS, ruleOf, type RuleDraft } from "./draft";
import { text } from "./text";

const KINDS = [
  { value: "phrase", label: text.phrase },
  { value: "pattern", label: text.pattern },
  ...DETECTORS.map((name) => ({ value: name, label: text.detectors[name] })),
];
const ACTIONS = [
  { value: "block", label: text.block },
  { value: "mask", label: text.mask },
];

interface RuleEditorProps {
  place: number;
  rule: RuleDraft;
  tried: boolean;
  onChange: (change: Partial<RuleDraft>) => void;
  onRemove: () => void;
}

function Wanted({ rule, tried, onChange }: Pick<RuleEditorProps, "rule" | "tried" | "onChange">) {
  const error = tried && ruleOf(rule) === null ? text.needed : undefined;
  if (rule.kind === "phrase") {
    return (
      <Field label={text.phrases} required hint={text.phrasesHint} error={error}>
        {(field) => <Textarea {...field} value={rule.phrases} onChange={(event) => onChange({ phrases: event.target.value })} />}
      </Field>
    );
  }
  if (rule.kind !== "pattern") return null;
  return (
    <>
      <Field label={text.expression} required hint={text.expressionHint} error={error}>
        {(field) => (
          <Input {...field} spellCheck={false} className="font-mono" maxLength={1000} value={rule.pattern} onChange={(event) => onChange({ pattern: event.target.value })} />
        )}
      </Field>
      <SwitchField label={text.ignoreCase} checked={rule.ignoreCase} onChange={(ignoreCase) => onChange({ ignoreCase })} />
    </>
  );
}

/** One rule: what it looks for, and what happens then. */
export function RuleEditor({ place, rule, tried, onChange, onRemove }: RuleEditorProps) {
  return (
    <fieldset className="grid gap-3 rounded-lg border border-line p-3">
      <legend className="sr-only">{text.rule(place)}</legend>
      <div className="flex items-start gap-3">
        <div className="grid min-w-0 flex-1 gap-3 sm:grid-cols-[1fr_140px]">
          <Field label={text.looksFor}>
            {(field) => <Select id={field.id} value={rule.kind} options={KINDS} onChange={(kind) => onChange({ kind })} />}
          </Field>
          <Field label={text.then}>
            {(field) => (
              <Select id={field.id} value={rule.action} options={ACTIONS} onChange={(action) => onChange({ action: action === "mask" ? "mask" : "block" })} />
            )}
          </Field>
        </div>
        <IconButton label={text.removeRule(place)} onClick={onRemove}>
          <Trash2 />
        </IconButton>
      </div>
      <Wanted rule={rule} tried={tried} onChange={onChange} />
      <div className="grid gap-3 sm:grid-cols-2">
        <Field label={text.label} hint={text.labelHint}>
          {(field) => <Input {...field} maxLength={60} value={rule.label} onChange={(event) => onChange({ label: event.target.value })} />}
        </Field>
        {rule.action === "block" && (
          <Field label={text.message} hint={text.messageHint}>
            {(field) => <Input {...field} maxLength={500} value={rule.message} onChange={(event) => onChange({ message: event.target.value })} />}
          </Field>
        )}
      </div>
    </fieldset>
  );
}
