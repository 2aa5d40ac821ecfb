import { Plus, X } from "lucide-react";
import { useId } from "react";

import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { IconButton } from "@/components/ui/icon-button";
import { Input } from "@/components/ui/input";

import { unknownVariables, type PromptVariable } from "../draft";
import { text } from "../form-text";
import type { PartProps } from "./part";

interface RowProps {
  index: number;
  variable: PromptVariable;
  onChange: (variable: PromptVariable) => void;
  onRemove: () => void;
}

function Row({ index, variable, onChange, onRemove }: RowProps) {
  const id = useId();
  return (
    <li aria-label={text.variableRow(index)} className="grid gap-2 border-t border-line p-3 first:border-t-0 grid-cols-[1fr_auto] sm:grid-cols-[1fr_1fr_auto]">
      <Input
        aria-label={text.variableName}
        placeholder={text.variableName}
        className="order-1 font-mono text-[13px]"
        maxLength={100}
        value={variable.key}
        onChange={(event) => onChange({ ...variable, key: event.target.value.replace(/\s/g, "_") })}
      />
      <Input
        aria-label={text.variableDefault}
        placeholder={text.variableDefault}
        type={variable.is_sensitive ? "password" : "text"}
        autoComplete="off"
        className="order-3 col-span-2 sm:order-2 sm:col-span-1"
        value={variable.default_value}
        onChange={(event) => onChange({ ...variable, default_value: event.target.value })}
      />
      <IconButton label={text.variableRemove(variable.key || String(index))} className="order-2 size-8 sm:order-3" onClick={onRemove}>
        <X />
      </IconButton>
      <Input
        aria-label={text.variableAbout}
        placeholder={text.variableAbout}
        maxLength={200}
        className="order-4 col-span-2 sm:col-span-1"
        value={variable.description ?? ""}
        onChange={(event) => onChange({ ...variable, description: event.target.value })}
      />
      <div className="order-5 col-span-2 flex items-center gap-1 text-[13px]" title={text.variableSecretHint}>
        <Checkbox id={id} checked={variable.is_sensitive} onCheckedChange={(on) => onChange({ ...variable, is_sensitive: on === true })} />
        <label htmlFor={id}>{text.variableSecret}</label>
      </div>
    </li>
  );
}

const fresh = (key: string): PromptVariable => ({ key, description: "", default_value: "", is_sensitive: false });

/** Values the instructions name in double braces. What they use and nobody explains yet is offered to be added. */
export function VariablesPart({ form, patch, problems }: PartProps) {
  const variables = form.prompt_variables;
  const set = (prompt_variables: PromptVariable[]) => patch({ prompt_variables });
  const unknown = unknownVariables(form);
  return (
    <div className="grid justify-items-start gap-2">
      {variables.length > 0 && (
        <ul className="w-full rounded-lg border border-line">
          {variables.map((variable, index) => (
            <Row
              key={index}
              index={index + 1}
              variable={variable}
              onChange={(changed) => set(variables.with(index, changed))}
              onRemove={() => set(variables.toSpliced(index, 1))}
            />
          ))}
        </ul>
      )}
      {problems.prompt_variables && <p className="text-xs text-bad">{problems.prompt_variables}</p>}
      <div className="flex flex-wrap items-center gap-2">
        <Button size="sm" onClick={() => set([...variables, fresh("")])}>
          <Plus /> {text.variableAdd}
        </Button>
        {unknown.length > 0 && <span className="text-xs text-fg-muted">{text.variableFound}</span>}
        {unknown.map((name) => (
          <Button key={name} size="sm" className="font-mono" onClick={() => set([...variables, fresh(name)])}>
            <Plus /> {name}
          </Button>
        ))}
      </div>
    </div>
  );
}
