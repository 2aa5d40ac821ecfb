import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { ErrorNote } from "@/components/error-note";
import { FormFoot } from "@/components/form-foot";
import { RowSkeleton } from "@/components/results";
import { Section } from "@/components/section";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select, type Option } from "@/components/ui/select";
import { usableQuery, type Setting } from "@/features/integrations/queries";
import { ServerSignIns } from "@/features/mcp/server-sign-ins";
import { servingTypes, type CatalogueToolkit } from "@/features/toolkits/queries";

import type { PromptVariable } from "./draft";
import { toolkitsQuery, type Assistant } from "./queries";
import { ownMappingQuery, ownVariablesQuery, useSaveSetup, type Slot, type VariableValue } from "./setup-queries";
import { text } from "./text";

const said = text.setup;
const CHOICES = Object.entries(said.choices).map(([value, label]) => ({ value, label }));

interface AccountSlot {
  name: string;
  label: string;
  types: readonly string[];
}

/** Tools that work with somebody's account, by the names the mapping knows them under, and which kind of account. */
function slotsOf(assistant: Pick<Assistant, "toolkits">, offered: readonly CatalogueToolkit[]): AccountSlot[] {
  return assistant.toolkits.flatMap((kit) => {
    const known = offered.find(({ toolkit }) => toolkit === kit.toolkit);
    // What is attached already is not asked for, so that the assistant itself does not tell what it needs.
    if (known?.settings_config ?? kit.settings_config) {
      const chosen = known?.tools.filter(({ name }) => kit.tools.some((tool) => tool.name === name)) ?? [];
      const types = [...new Set(chosen.flatMap(servingTypes))];
      return [{ name: kit.toolkit, label: kit.label?.length ? kit.label : kit.toolkit, types }];
    }
    return kit.tools.flatMap((tool) => {
      const offeredTool = known?.tools.find(({ name }) => name === tool.name);
      const types = offeredTool ? servingTypes(offeredTool) : [];
      return types.length > 0 || tool.settings_config ? [{ name: tool.name, label: tool.label ?? tool.name, types }] : [];
    });
  });
}

const choiceOf = (slot: Slot | undefined) => (slot?.explicit_none ? "none" : slot?.auto_lookup ? "auto" : (slot?.integration_id ?? "default"));

/** The integrations one can choose, and the one that was chosen although it is gone. */
function accountsOf(usable: readonly Setting[], types: readonly string[], chosen: string | undefined): Option[] {
  const fitting = usable.filter((row) => types.includes(row.credential_type));
  const known = new Set([...CHOICES.map(({ value }) => value), ...fitting.map(({ id }) => id)]);
  return [
    ...fitting.map((row) => ({ value: row.id, label: row.alias, note: row.setting_type === "user" ? said.mineNote : row.project_name })),
    ...(chosen !== undefined && !known.has(chosen) ? [{ value: chosen, label: said.goneAccount }] : []),
  ];
}

function slotFor(name: string, choice: string): Slot {
  if (choice === "auto") return { name, auto_lookup: true };
  if (choice === "none") return { name, explicit_none: true };
  return choice === "default" ? { name } : { name, integration_id: choice };
}

function Variable({ variable, value, stored, onChange }: { variable: PromptVariable; value: string; stored: boolean; onChange: (value: string) => void }) {
  const secretKept = variable.is_sensitive && stored;
  return (
    <Field label={variable.key} hint={[variable.description, secretKept ? said.secretKept : said.unset].find(Boolean)}>
      {(field) => (
        <Input
          {...field}
          type={variable.is_sensitive ? "password" : "text"}
          autoComplete="off"
          placeholder={variable.is_sensitive ? "" : variable.default_value}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

function SetupForm({ assistant, variables, slots }: { assistant: Assistant; variables: VariableValue[]; slots: Slot[] }) {
  const [values, setValues] = useState(() => new Map(variables.map((item) => [item.variable_key, item.variable_value])));
  const [choices, setChoices] = useState(() => new Map(slots.map((slot) => [slot.name, choiceOf(slot)])));
  const save = useSaveSetup(assistant.id);
  const offered = useQuery(toolkitsQuery);
  const usable = useQuery(usableQuery);
  const accounts = slotsOf(assistant, offered.data ?? []);
  const names = accounts.map(({ name }) => name);
  const stored = new Set(variables.map((item) => item.variable_key));
  const submit = () =>
    save.mutate({
      variables: assistant.prompt_variables.map(({ key, is_sensitive }) => ({
        variable_key: key,
        variable_value: values.get(key) ?? "",
        is_sensitive,
      })),
      slots: names.map((name) => slotFor(name, choices.get(name) ?? "default")),
    });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Section title={said.variables} text={said.variablesText}>
        {assistant.prompt_variables.length === 0 && <p className="text-[13px] text-fg-muted">{said.noVariables}</p>}
        {assistant.prompt_variables.map((variable) => (
          <Variable
            key={variable.key}
            variable={variable}
            value={values.get(variable.key) ?? ""}
            stored={stored.has(variable.key)}
            onChange={(value) => {
              save.reset();
              setValues(new Map(values).set(variable.key, value));
            }}
          />
        ))}
      </Section>
      {names.length > 0 && (
        <Section title={said.integrations} text={said.integrationsText}>
          {accounts.map(({ name, label, types }) => (
            <Field key={name} label={label} hint={types.length === 0 ? undefined : said.accountHint(types.join(" or "))}>
              {(field) => (
                <Select
                  id={field.id}
                  describedBy={field["aria-describedby"]}
                  value={choices.get(name) ?? "default"}
                  options={[...CHOICES, ...accountsOf(usable.data ?? [], types, choices.get(name))]}
                  onChange={(choice) => {
                    save.reset();
                    setChoices(new Map(choices).set(name, choice));
                  }}
                />
              )}
            </Field>
          ))}
        </Section>
      )}
      {(names.length > 0 || assistant.prompt_variables.length > 0) && (
        <div className="pb-6">
          <FormFoot action={said.save} busy={said.saving} mutation={save} failed={said.failed} saved={said.saved} />
        </div>
      )}
    </form>
  );
}

/** What a person sets up for themselves: values, accounts, sign-ins. Nobody else sees or uses them. */
export function SetupTab({ assistant }: { assistant: Assistant }) {
  const variables = useQuery(ownVariablesQuery(assistant.id));
  const mapping = useQuery(ownMappingQuery(assistant.id));
  const error = variables.error ?? mapping.error;
  if (error) return <ErrorNote title={said.loadFailed} error={error} />;
  if (!variables.data || !mapping.data) return <RowSkeleton label={said.loading} rows={3} />;
  return (
    <div className="grid">
      <SetupForm assistant={assistant} variables={variables.data} slots={mapping.data} />
      <Section title={said.signIns} text={said.signInsText}>
        {assistant.mcp_servers.length === 0 ? (
          <p className="text-[13px] text-fg-muted">{said.noServers}</p>
        ) : (
          <ServerSignIns servers={assistant.mcp_servers} />
        )}
      </Section>
    </div>
  );
}
