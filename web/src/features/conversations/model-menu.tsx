import { useQuery } from "@tanstack/react-query";
import { ChevronDown, Cpu } from "lucide-react";

import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { Menu, MenuContent, MenuItem, MenuLabel, MenuRadioGroup, MenuRadioItem, MenuTrigger } from "@/components/ui/menu";
import { REMOTE } from "@/features/assistants/agent-card";
import type { Assistant } from "@/features/assistants/queries";
import { modelsQuery, useDefaultModel } from "@/features/models/queries";

import { text } from "./text";

const LONG_MENU = "max-h-[min(24rem,var(--radix-dropdown-menu-content-available-height))] max-w-72";

interface ModelPickerProps {
  assistant: Assistant;
  /** What this conversation chose; null leaves it to the assistant. */
  chosen: string | null;
  /** Absent while there is nothing yet that could keep the choice. */
  onChoose: ((model: string | null) => void) | undefined;
}

/** Which model answers the next messages of this conversation. */
export function ModelPicker({ assistant, chosen, onChoose }: ModelPickerProps) {
  const { data: models = [] } = useQuery(modelsQuery);
  const standard = useDefaultModel();
  const known = (name: string | null | undefined) => models.find(({ base_name }) => base_name === name);
  // Names that are no longer offered fall back, as the server does it.
  const usual = known(assistant.llm_model_type) ?? standard;
  const current = known(chosen) ?? usual;
  if (!current || !usual || assistant.type === REMOTE) return null;
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button look="ghost" className="min-w-0 shrink px-2" disabled={!onChoose}>
          <Cpu aria-hidden />
          <span className="sr-only">{text.chooseModel}</span>
          <span className="max-w-36 truncate max-sm:sr-only">{current.label}</span>
          <ChevronDown className="max-sm:hidden" aria-hidden />
        </Button>
      </MenuTrigger>
      <MenuContent align="start" className={LONG_MENU}>
        <MenuLabel>{text.modelHint}</MenuLabel>
        <MenuRadioGroup value={current.base_name} onValueChange={(name) => onChoose?.(name === usual.base_name ? null : name)}>
          {models.map(({ base_name, label }) => (
            <MenuRadioItem key={base_name} value={base_name}>
              <span className="truncate">{label}</span>
              {base_name === usual.base_name && <span className="shrink-0 text-xs text-fg-muted">{text.assistantsModel}</span>}
            </MenuRadioItem>
          ))}
        </MenuRadioGroup>
      </MenuContent>
    </Menu>
  );
}

/** Asks for another answer from a model of choice. */
export function AnswerWith({ onChoose }: { onChoose: (model: string) => void }) {
  const { data: models = [] } = useQuery(modelsQuery);
  if (models.length < 2) return null;
  return (
    <Menu>
      <MenuTrigger asChild>
        <IconButton label={text.answerWith} className="w-6">
          <ChevronDown />
        </IconButton>
      </MenuTrigger>
      <MenuContent align="start" className={LONG_MENU}>
        <MenuLabel>{text.answerWith}</MenuLabel>
        {models.map(({ base_name, label }) => (
          <MenuItem key={base_name} onSelect={() => onChoose(base_name)}>
            <span className="truncate">{label}</span>
          </MenuItem>
        ))}
      </MenuContent>
    </Menu>
  );
}
