import { SwitchField } from "@/components/switch-field";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { Select } from "@/components/ui/select";

import type { ArgumentField } from "./schema-form";
import { text } from "./text";

interface ArgumentInputProps {
  field: ArgumentField;
  value: string | boolean;
  problem: string | undefined;
  onChange: (value: string | boolean) => void;
}

/** One argument of a tool. */
export function ArgumentInput({ field: argument, value, problem, onChange }: ArgumentInputProps) {
  if (argument.kind === "switch") return <SwitchField label={argument.name} hint={argument.description} checked={value === true} onChange={onChange} />;
  const current = String(value);
  const hint = argument.kind !== "json" ? undefined : argument.type === "any" ? text.jsonHint : argument.type;
  return (
    <Field label={argument.name} required={argument.required} hint={hint} error={problem}>
      {(field) => {
        if (argument.kind === "choice") {
          return <Select id={field.id} value={current} options={argument.choices.map((choice) => ({ value: choice, label: choice }))} onChange={onChange} />;
        }
        if (argument.kind === "number") return <Input {...field} inputMode="decimal" value={current} onChange={(event) => onChange(event.target.value)} />;
        return <Textarea {...field} rows={argument.kind === "json" ? 3 : 1} className="min-h-8 font-mono text-xs" value={current} onChange={(event) => onChange(event.target.value)} />;
      }}
    </Field>
  );
}
