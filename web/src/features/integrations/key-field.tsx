import { SwitchField } from "@/components/switch-field";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { Select } from "@/components/ui/select";

import type { IntegrationKey } from "./queries";
import { SecretField } from "./secret-field";
import { text } from "./text";

interface KeyFieldProps {
  field: IntegrationKey;
  value: string | boolean;
  stored: boolean;
  problem: string | undefined;
  onChange: (value: string | boolean) => void;
}

/** What the catalogue says beside a value; but a list of the values is what the choice itself shows, in words. */
function hintOf(key: IntegrationKey): string | undefined {
  const choices = key.choices ?? [];
  const listed = choices.length > 0 && choices.every((choice) => key.hint.includes(choice));
  return listed ? undefined : key.hint || undefined;
}

/** One value of a credential, as the catalogue describes it. */
export function KeyField({ field: key, value, stored, problem, onChange }: KeyFieldProps) {
  if (key.kind === "switch") return <SwitchField label={key.label} hint={key.hint} checked={value === true} onChange={onChange} />;
  const current = String(value);
  return (
    <Field label={key.label} hint={hintOf(key)} error={problem} required={key.required}>
      {(field) => {
        if (key.secret) {
          const about = { id: field.id, invalid: field["aria-invalid"], describedBy: field["aria-describedby"] };
          return <SecretField {...about} label={key.label} value={current} stored={stored} long={key.kind === "long text"} onChange={onChange} />;
        }
        if (key.kind === "choice") {
          const options = (key.choices ?? []).map((choice) => ({ value: choice, label: text.choices.get(choice) ?? choice }));
          return <Select id={field.id} describedBy={field["aria-describedby"]} value={current} options={options} onChange={onChange} />;
        }
        if (key.kind === "long text") return <Textarea {...field} className="font-mono text-xs" value={current} onChange={(event) => onChange(event.target.value)} />;
        return (
          <Input
            {...field}
            autoComplete="off"
            inputMode={key.kind === "number" ? "numeric" : undefined}
            value={current}
            onChange={(event) => onChange(event.target.value)}
          />
        );
      }}
    </Field>
  );
}
