import { Link } from "@tanstack/react-router";
import { ChevronDown } from "lucide-react";

import { Button } from "@/components/ui/button";
import { Menu, MenuContent, MenuItem, MenuLabel, MenuRadioGroup, MenuRadioItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { AssistantAvatar } from "@/features/assistants/avatar";

import { text } from "./text";

interface AssistantPickerProps {
  current: { id: string; name: string };
  choices: readonly { id: string; name: string }[];
  /** How to reach somebody who is not in the list. */
  hint?: string;
  onChoose: (id: string) => void;
}

export function AssistantPicker({ current, choices, hint, onChoose }: AssistantPickerProps) {
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button look="ghost" className="min-w-0 shrink px-2">
          <span className="sr-only">{text.chooseAssistant}</span>
          <AssistantAvatar name={current.name} className="size-5 rounded text-[10px]" />
          <span className="max-w-44 min-w-0 truncate">{current.name}</span>
          <ChevronDown />
        </Button>
      </MenuTrigger>
      <MenuContent align="start" className="max-w-72">
        <MenuRadioGroup value={current.id} onValueChange={onChoose}>
          {choices.map((assistant) => (
            <MenuRadioItem key={assistant.id} value={assistant.id}>
              <AssistantAvatar name={assistant.name} className="size-5 rounded text-[10px]" />
              <span className="truncate">{assistant.name}</span>
            </MenuRadioItem>
          ))}
        </MenuRadioGroup>
        <MenuSeparator />
        {hint && <MenuLabel>{hint}</MenuLabel>}
        <MenuItem asChild>
          <Link to="/assistants">{text.allAssistants}</Link>
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}
