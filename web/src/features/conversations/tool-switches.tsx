import { SlidersHorizontal } from "lucide-react";
import { Fragment } from "react";

import { Button } from "@/components/ui/button";
import { Menu, MenuCheckboxItem, MenuContent, MenuItem, MenuLabel, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import type { Assistant } from "@/features/assistants/queries";

import { NOTHING, isNothing, switched, type LeftOut, type PartKind } from "./left-out";
import { text } from "./text";

interface Part {
  name: string;
  label: string;
}

interface Group {
  kind: PartKind;
  parts: Part[];
}

const named = (name: string): Part => ({ name, label: name });

function namesOf(ids: readonly string[], known: readonly { id: string; name: string }[]): Part[] {
  return ids.flatMap((id) => known.filter((one) => one.id === id).map(({ name }) => ({ name: id, label: name })));
}

/** What the assistant has besides its model, as far as the reader may know of it. */
function partsOf(assistant: Assistant): Group[] {
  const skills = (assistant.skills ?? []) as unknown as { id: string; name: string }[];
  const subs = (assistant.nested_assistants ?? []).flatMap(({ id, name }) => (id ? [{ id, name }] : []));
  const groups: Group[] = [
    { kind: "context", parts: assistant.context.map(({ name }) => named(name)) },
    { kind: "tools", parts: assistant.toolkits.flatMap(({ tools }) => tools.map(({ name, label }) => ({ name, label: label ?? name }))) },
    { kind: "mcpServers", parts: assistant.mcp_servers.filter(({ enabled }) => enabled).map(({ name }) => named(name)) },
    { kind: "skillIds", parts: namesOf(assistant.skill_ids ?? [], skills) },
    { kind: "assistantIds", parts: namesOf(assistant.assistant_ids, subs) },
  ];
  return groups.filter(({ parts }) => parts.length > 0);
}

interface ToolSwitchesProps {
  assistant: Assistant;
  leftOut: LeftOut;
  onChange: (leftOut: LeftOut) => void;
}

/** Which of the assistant's tools the next messages of this conversation use. */
export function ToolSwitches({ assistant, leftOut, onChange }: ToolSwitchesProps) {
  const groups = partsOf(assistant);
  if (groups.length === 0) return null;
  const all = groups.reduce((sum, { parts }) => sum + parts.length, 0);
  const on = groups.reduce((sum, { kind, parts }) => sum + parts.filter(({ name }) => !leftOut[kind].includes(name)).length, 0);
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button look="ghost" className="px-2" aria-label={text.toolSwitches(on, all)}>
          <SlidersHorizontal aria-hidden />
          {on < all && <span className="text-xs tabular-nums">{`${on}/${all}`}</span>}
        </Button>
      </MenuTrigger>
      <MenuContent align="start" className="max-w-[min(20rem,calc(100vw-2rem))]">
        <MenuLabel>{text.toolSwitchesHint}</MenuLabel>
        {groups.map(({ kind, parts }) => (
          <Fragment key={kind}>
            <MenuSeparator />
            <MenuLabel>{text.partKinds[kind]}</MenuLabel>
            {parts.map(({ name, label }) => (
              <MenuCheckboxItem
                key={name}
                checked={!leftOut[kind].includes(name)}
                onSelect={(event) => event.preventDefault()}
                onCheckedChange={() => onChange(switched(leftOut, kind, name))}
              >
                <span className="truncate">{label}</span>
              </MenuCheckboxItem>
            ))}
          </Fragment>
        ))}
        {!isNothing(leftOut) && (
          <>
            <MenuSeparator />
            <MenuItem onSelect={() => onChange(NOTHING)}>{text.useAllTools}</MenuItem>
          </>
        )}
      </MenuContent>
    </Menu>
  );
}
