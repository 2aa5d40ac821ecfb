import { useId, useState } from "react";

import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";

import { text } from "./text";
import { useSaveVariables, type Variable } from "./variable-queries";

function VariableField({ variable, value, onChange }: { variable: Variable; value: string; onChange: (value: string) => void }) {
  const id = useId();
  return (
    <div className="grid gap-1">
      <label htmlFor={id} className="text-[13px] font-medium">
        {[variable.description, variable.key].find(Boolean)}
      </label>
      <Input
        id={id}
        type={variable.is_sensitive ? "password" : "text"}
        autoComplete="off"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
}

interface VariablesFormProps {
  assistant: { id: string; name: string };
  missing: readonly Variable[];
  onSkip: () => void;
}

/** Asks once for what the assistant's instructions refer to and nobody has filled in. */
export function VariablesForm({ assistant, missing, onSkip }: VariablesFormProps) {
  const [values, setValues] = useState<Record<string, string>>({});
  const save = useSaveVariables(assistant.id);
  const complete = missing.every(({ key }) => values[key]?.trim());
  return (
    <form
      aria-label={text.variablesTitle(assistant.name)}
      className="mb-2 grid gap-3 rounded-lg border border-line bg-raised p-4 text-left"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(missing.map(({ key, is_sensitive }) => ({ variable_key: key, variable_value: values[key]?.trim() ?? "", is_sensitive })));
      }}
    >
      <div>
        <h3 className="text-sm font-medium">{text.variablesTitle(assistant.name)}</h3>
        <p className="text-[13px] text-fg-muted">{text.variablesText}</p>
      </div>
      {missing.map((variable) => (
        <VariableField
          key={variable.key}
          variable={variable}
          value={values[variable.key] ?? ""}
          onChange={(value) => setValues((now) => ({ ...now, [variable.key]: value }))}
        />
      ))}
      {save.isError && <ErrorNote title={text.variablesFailed} error={save.error} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onSkip}>{text.variablesSkip}</Button>
        <Button look="primary" type="submit" disabled={!complete || save.isPending}>
          {text.variablesSave}
        </Button>
      </div>
    </form>
  );
}
