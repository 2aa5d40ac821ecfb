import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { ChosenList, PickDialog } from "@/components/pick-dialog";
import { SwitchField } from "@/components/switch-field";

import { AssistantAvatar } from "../avatar";
import type { BuiltinSubagent } from "../draft";
import { text } from "../form-text";
import { assistantsQuery, builtinSubagentsQuery } from "../queries";
import type { PartProps } from "./part";

const avatar = (name: string, icon?: string | null) => <AssistantAvatar name={name} icon={icon} className="size-6 text-[11px]" />;

function toggled<T>(chosen: readonly T[], one: T): T[] {
  const next = new Set(chosen);
  if (!next.delete(one)) next.add(one);
  return [...next];
}

function SubPicker({ form, patch, id, onClose }: PartProps & { id: string | null; onClose: () => void }) {
  const [search, setSearch] = useState("");
  const { data } = useQuery(assistantsQuery({ scope: "visible_to_user", page: 0, perPage: 30, search }));
  const chosen = form.subAssistants;
  return (
    <PickDialog
      open
      onOpenChange={onClose}
      title={text.subTitle}
      description={text.subHint}
      label={text.subSearch}
      empty={text.subNone}
      items={data?.data.map((assistant) => ({
        value: assistant.id,
        label: assistant.name,
        note: assistant.description || assistant.project,
        icon: avatar(assistant.name, assistant.icon_url),
        blocked: assistant.id === id ? text.subSelf : undefined,
      }))}
      chosen={new Set(chosen.map((sub) => sub.id))}
      onSearch={setSearch}
      onToggle={(item) =>
        patch({
          subAssistants: chosen.some((sub) => sub.id === item.value)
            ? chosen.filter((sub) => sub.id !== item.value)
            : [...chosen, { id: item.value, name: item.label, note: item.note }],
        })
      }
    />
  );
}

/** Assistants it may hand tasks to. Cycles and nesting are refused by the server, in its words. */
export function TeamPart(props: PartProps & { id: string | null }) {
  const { form, patch, problems } = props;
  const [picking, setPicking] = useState(false);
  const { data: builtin = [] } = useQuery(builtinSubagentsQuery);
  const enabled = form.enabled_builtin_subagents;
  return (
    <>
      <ChosenList
        label={text.team}
        items={form.subAssistants.map((sub) => ({ ...sub, icon: avatar(sub.name) }))}
        add={text.subAdd}
        onAdd={() => setPicking(true)}
        onRemove={(id) => patch({ subAssistants: form.subAssistants.filter((sub) => sub.id !== id) })}
      />
      {problems.subAssistants && (
        <p role="alert" className="text-xs text-bad">
          {problems.subAssistants}
        </p>
      )}
      {(builtin as { id: BuiltinSubagent; display_name: string }[]).map((helper) => (
        <SwitchField
          key={helper.id}
          label={`${text.builtin}: ${helper.display_name}`}
          checked={enabled.includes(helper.id)}
          onChange={() => patch({ enabled_builtin_subagents: toggled(enabled, helper.id) })}
        />
      ))}
      {picking && <SubPicker {...props} onClose={() => setPicking(false)} />}
    </>
  );
}
