import { useQuery } from "@tanstack/react-query";
import { Globe, ImagePlus, Sparkles, SquareTerminal, type LucideIcon } from "lucide-react";

import { Button } from "@/components/ui/button";
import { Menu, MenuCheckboxItem, MenuContent, MenuLabel, MenuRadioGroup, MenuRadioItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { REMOTE } from "@/features/assistants/agent-card";
import type { Assistant } from "@/features/assistants/queries";
import { featuresQuery } from "@/features/identity/configuration";
import { painterModelsQuery, type Model } from "@/features/models/queries";

import type { Abilities, Pictures } from "./abilities";
import { text } from "./text";

const stay = (event: Event) => event.preventDefault();

interface Switch {
  label: string;
  icon: LucideIcon;
  on: boolean;
  disabled?: boolean;
  toggle: () => void;
}

interface AbilitySwitchesProps {
  assistant: Assistant;
  abilities: Abilities;
  onAbilities: (abilities: Abilities) => void;
  pictures: Pictures;
  /** Absent while there is nothing yet that could keep the choice. */
  onPictures: ((pictures: Pictures) => void) | undefined;
}

/** The switches that this installation has something behind. */
function useSwitches({ assistant, abilities, onAbilities, pictures, onPictures }: AbilitySwitchesProps, painters: readonly Model[]): Switch[] {
  const { data: features = [] } = useQuery(featuresQuery);
  const draws = pictures.enable_image_generation ?? assistant.enable_image_generation;
  const { search, code } = abilities;
  const found: (Switch & { there: boolean })[] = [
    {
      there: features.includes("features:webSearch"),
      label: text.webSearch,
      icon: Globe,
      on: search,
      toggle: () => onAbilities({ ...abilities, search: !search }),
    },
    {
      there: features.includes("features:dynamicCodeInterpreter"),
      label: text.codeInterpreter,
      icon: SquareTerminal,
      on: code,
      toggle: () => onAbilities({ ...abilities, code: !code }),
    },
    {
      there: painters.length > 0,
      label: text.imageGeneration,
      icon: ImagePlus,
      on: draws,
      disabled: !onPictures,
      toggle: () => onPictures?.({ ...pictures, enable_image_generation: !draws }),
    },
  ];
  return found.filter(({ there }) => there);
}

function PainterChoice({ assistant, pictures, onPictures, painters }: Pick<AbilitySwitchesProps, "assistant" | "pictures" | "onPictures"> & { painters: readonly Model[] }) {
  const known = [pictures.image_generation_model, assistant.image_generation_model].find((name) => painters.some(({ base_name }) => base_name === name));
  return (
    <>
      <MenuSeparator />
      <MenuLabel>{text.drawnBy}</MenuLabel>
      <MenuRadioGroup
        value={known ?? painters[0]?.base_name ?? ""}
        onValueChange={(name) => onPictures?.({ enable_image_generation: true, image_generation_model: name })}
      >
        {painters.map(({ base_name, label }) => (
          <MenuRadioItem key={base_name} value={base_name} disabled={!onPictures} onSelect={stay}>
            <span className="truncate">{label}</span>
          </MenuRadioItem>
        ))}
      </MenuRadioGroup>
    </>
  );
}

/** What the next messages of this conversation may use besides the assistant's own tools. */
export function AbilitySwitches(props: AbilitySwitchesProps) {
  const { data: painters = [] } = useQuery(painterModelsQuery);
  const switches = useSwitches(props, painters);
  // An agent on another server has its own abilities.
  if (props.assistant.type === REMOTE || switches.length === 0) return null;
  const on = switches.filter((one) => one.on);
  const draws = on.some(({ icon }) => icon === ImagePlus);
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button look="ghost" className="gap-1 px-2" aria-label={text.abilities(on.map(({ label }) => label))}>
          {on.length === 0 && <Sparkles aria-hidden />}
          {on.map(({ icon: Icon, label }) => (
            <Icon key={label} className="text-accent-text" aria-hidden />
          ))}
        </Button>
      </MenuTrigger>
      <MenuContent align="start" className="max-w-[min(20rem,calc(100vw-2rem))]">
        <MenuLabel>{text.abilitiesHint}</MenuLabel>
        {switches.map(({ label, icon: Icon, on: checked, disabled = false, toggle }) => (
          <MenuCheckboxItem key={label} checked={checked} disabled={disabled} onSelect={stay} onCheckedChange={toggle}>
            <Icon aria-hidden /> <span className="truncate">{label}</span>
          </MenuCheckboxItem>
        ))}
        {draws && painters.length > 1 && <PainterChoice {...props} painters={painters} />}
      </MenuContent>
    </Menu>
  );
}
