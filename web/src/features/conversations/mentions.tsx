import { useQuery } from "@tanstack/react-query";
import { useState, type KeyboardEvent } from "react";

import { AssistantAvatar } from "@/features/assistants/avatar";
import { assistantsQuery } from "@/features/assistants/queries";
import { cn } from "@/lib/cn";

import { text } from "./text";

export interface Addressee {
  id: string;
  name: string;
}

/** An `@` that begins a word, and what follows it up to the caret. */
const MENTION = /(?:^|\s)@([\p{L}\p{N}._-]{0,40})$/u;

export function mentionBefore(draft: string, caret: number): string | null {
  return MENTION.exec(draft.slice(0, caret))?.[1] ?? null;
}

/** The draft without the mention before the caret. */
export function withoutMention(draft: string, caret: number): string {
  const before = draft.slice(0, caret).replace(/@[\p{L}\p{N}._-]*$/u, "");
  return before + draft.slice(caret).replace(/^ /, "");
}

/** The list that opens while somebody types `@…`, and the keys that steer it. */
export function useMentions(wanted: string | null, onChoose: (assistant: Addressee) => void) {
  const [active, setActive] = useState(0);
  const [dismissed, setDismissed] = useState<string | null>(null);
  const { data } = useQuery({
    ...assistantsQuery({ scope: "visible_to_user", page: 0, perPage: 8, search: wanted ?? "" }),
    enabled: wanted !== null,
  });
  const choices: readonly Addressee[] = data?.data ?? [];
  const open = wanted !== null && wanted !== dismissed && choices.length > 0;
  const at = Math.min(active, choices.length - 1);
  const choose = (assistant: Addressee) => {
    setActive(0);
    onChoose(assistant);
  };
  /** True when the key was for the list. */
  const onKey = (event: KeyboardEvent): boolean => {
    if (!open || event.nativeEvent.isComposing) return false;
    const chosen = choices[at];
    if (event.key === "ArrowDown") setActive((at + 1) % choices.length);
    else if (event.key === "ArrowUp") setActive((at - 1 + choices.length) % choices.length);
    else if (event.key === "Escape") setDismissed(wanted);
    else if ((event.key === "Enter" || event.key === "Tab") && chosen) choose(chosen);
    else return false;
    event.preventDefault();
    return true;
  };
  return { open, choices, at, choose, onKey };
}

interface MentionListProps {
  id: string;
  choices: readonly Addressee[];
  at: number;
  onChoose: (assistant: Addressee) => void;
}

export const optionId = (list: string, at: number): string => `${list}-${at}`;

export function MentionList({ id, choices, at, onChoose }: MentionListProps) {
  return (
    <div className="absolute bottom-full left-0 z-20 mb-1.5 w-72 max-w-full rounded-lg border border-line bg-raised p-1">
      <p className="px-2 py-1 text-xs text-fg-muted">{text.mentionTitle}</p>
      <div id={id} role="listbox" aria-label={text.mentionTitle} className="max-h-64 overflow-y-auto">
        {choices.map((assistant, index) => (
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus -- keys go to the text field, which names the active option
          <div
            key={assistant.id}
            id={optionId(id, index)}
            role="option"
            aria-selected={index === at}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => onChoose(assistant)}
            className={cn("flex min-h-8 items-center gap-2 rounded-md px-2 text-[13px] hover:bg-muted", index === at && "bg-muted")}
          >
            <AssistantAvatar name={assistant.name} className="size-5 rounded text-[10px]" />
            <span className="truncate">{assistant.name}</span>
          </div>
        ))}
      </div>
    </div>
  );
}
