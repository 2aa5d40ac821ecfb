import { useState, type KeyboardEvent, type ReactNode } from "react";

import { cn } from "@/lib/cn";

import type { Command } from "./commands";

/** One thing that is offered while a command is typed. */
export interface Suggestion {
  id: string;
  name: string;
  note?: string | undefined;
  icon: ReactNode;
  choose: () => void;
}

/** The list that opens while somebody types a command, and the keys that steer it. */
export function useSuggestions(command: Command | null, choices: readonly Suggestion[]) {
  const [active, setActive] = useState(0);
  const [dismissed, setDismissed] = useState<string | null>(null);
  const wanted = command && `${command.kind} ${command.typed}`;
  const open = wanted !== null && wanted !== dismissed && choices.length > 0;
  const at = Math.min(active, choices.length - 1);
  const choose = (index: number) => {
    setActive(0);
    choices[index]?.choose();
  };
  /** True when the key was for the list. */
  const onKey = (event: KeyboardEvent): boolean => {
    if (!open || event.nativeEvent.isComposing || event.shiftKey) return false;
    if (event.key === "ArrowDown") setActive((at + 1) % choices.length);
    else if (event.key === "ArrowUp") setActive((at - 1 + choices.length) % choices.length);
    else if (event.key === "Escape") setDismissed(wanted);
    else if (event.key === "Enter" || event.key === "Tab") choose(at);
    else return false;
    event.preventDefault();
    return true;
  };
  return { open, at, choose, onKey };
}

interface SuggestionListProps {
  id: string;
  title: string;
  choices: readonly Suggestion[];
  at: number;
  onChoose: (index: number) => void;
}

export const optionId = (list: string, at: number): string => `${list}-${at}`;

export function SuggestionList({ id, title, choices, at, onChoose }: SuggestionListProps) {
  return (
    <div className="absolute bottom-full left-0 z-20 mb-1.5 w-96 max-w-full rounded-lg border border-line bg-raised p-1">
      <p className="px-2 py-1 text-xs text-fg-muted">{title}</p>
      <div id={id} role="listbox" aria-label={title} className="max-h-64 overflow-y-auto">
        {choices.map((choice, index) => (
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus -- keys go to the text field, which names the active option
          <div
            key={choice.id}
            id={optionId(id, index)}
            role="option"
            aria-selected={index === at}
            ref={(node) => {
              if (index === at) node?.scrollIntoView({ block: "nearest" });
            }}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => onChoose(index)}
            className={cn("flex min-h-8 items-center gap-2 rounded-md px-2 text-[13px] hover:bg-muted [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-fg-muted", index === at && "bg-muted")}
          >
            {choice.icon}
            <span className={cn("truncate", choice.note && "max-w-[55%] shrink-0")}>{choice.name}</span>
            {choice.note && <span className="truncate text-xs text-fg-muted">{choice.note}</span>}
          </div>
        ))}
      </div>
    </div>
  );
}
