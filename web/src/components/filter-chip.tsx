import { ChevronDown, X } from "lucide-react";
import type { ReactNode } from "react";

import { Menu, MenuCheckboxItem, MenuContent, MenuRadioGroup, MenuRadioItem, MenuTrigger } from "@/components/ui/menu";
import { cn } from "@/lib/cn";

export interface Choice {
  value: string;
  label: string;
}

const shape = "inline-flex h-8 items-center rounded-full border text-[13px] whitespace-nowrap";
const off = "border-dashed border-line-strong/60 text-fg-muted hover:border-line-strong hover:text-fg";
const on = "border-accent/40 bg-accent-soft text-accent-text";

interface FrameProps {
  label: string;
  shown: string | undefined;
  onClear: () => void;
  children: ReactNode;
}

/** "Role: Administrator ✕"; without a value a dashed chip that offers one. */
function Frame({ label, shown, onClear, children }: FrameProps) {
  return (
    <div className={cn(shape, shown === undefined ? off : on)}>
      <Menu>
        <MenuTrigger className={cn("inline-flex h-full max-w-64 items-center gap-1 rounded-full", shown === undefined ? "px-3" : "pr-1 pl-3")}>
          {shown === undefined ? label : `${label}:`}
          {shown === undefined ? (
            <ChevronDown className="size-3.5" aria-hidden />
          ) : (
            <span className="truncate font-medium">{shown}</span>
          )}
        </MenuTrigger>
        <MenuContent align="start">{children}</MenuContent>
      </Menu>
      {shown !== undefined && <ClearButton label={label} onClear={onClear} />}
    </div>
  );
}

function ClearButton({ label, onClear }: { label: string; onClear: () => void }) {
  return (
    <button type="button" aria-label={`Clear filter ${label}`} onClick={onClear} className="mr-1 grid size-6 place-items-center rounded-full hover:bg-bg">
      <X className="size-3.5" />
    </button>
  );
}

interface FilterChipProps {
  label: string;
  value: string | undefined;
  choices: readonly Choice[];
  onChange: (value: string | undefined) => void;
}

/** A filter of which one value can be chosen. */
export function FilterChip({ label, value, choices, onChange }: FilterChipProps) {
  const shown = value === undefined ? undefined : (choices.find((choice) => choice.value === value)?.label ?? value);
  return (
    <Frame label={label} shown={shown} onClear={() => onChange(undefined)}>
      <MenuRadioGroup value={value ?? ""} onValueChange={onChange}>
        {choices.map((choice) => (
          <MenuRadioItem key={choice.value} value={choice.value}>
            {choice.label}
          </MenuRadioItem>
        ))}
      </MenuRadioGroup>
    </Frame>
  );
}

interface MultiFilterChipProps {
  label: string;
  values: readonly string[];
  choices: readonly Choice[];
  onChange: (values: string[]) => void;
}

/** A filter of which any of several values may match. */
export function MultiFilterChip({ label, values, choices, onChange }: MultiFilterChipProps) {
  const named = values.map((value) => choices.find((choice) => choice.value === value)?.label ?? value);
  const shown = named.length > 1 ? `${named[0] ?? ""} +${named.length - 1}` : named[0];
  return (
    <Frame label={label} shown={shown} onClear={() => onChange([])}>
      {choices.map((choice) => (
        <MenuCheckboxItem
          key={choice.value}
          checked={values.includes(choice.value)}
          onCheckedChange={(ticked) =>
            onChange(ticked ? [...values, choice.value] : values.filter((value) => value !== choice.value))
          }
          onSelect={(event) => event.preventDefault()}
        >
          {choice.label}
        </MenuCheckboxItem>
      ))}
    </Frame>
  );
}

/** A filter that came with a link, such as one person: shown, and taken away, but chosen elsewhere. */
export function FixedChip({ label, shown, onClear }: { label: string; shown: string; onClear: () => void }) {
  return (
    <div className={cn(shape, on, "pl-3")}>
      <span className="max-w-64 truncate">
        {label}: <span className="font-medium">{shown}</span>
      </span>
      <ClearButton label={label} onClear={onClear} />
    </div>
  );
}
