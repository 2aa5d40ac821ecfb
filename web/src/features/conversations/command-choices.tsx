import { useQuery } from "@tanstack/react-query";
import { BookOpen, MessageSquareText } from "lucide-react";

import { AssistantAvatar } from "@/features/assistants/avatar";
import { assistantsQuery } from "@/features/assistants/queries";
import { skillsQuery } from "@/features/skills/queries";

import type { Command } from "./commands";
import type { SkillRef } from "./run-state";
import type { Suggestion } from "./suggestions";

const MOST = 8;

interface Reactions {
  /** Absent where nobody else can be asked. */
  onMention: ((assistant: { id: string; name: string }) => void) | undefined;
  onStarter: (words: string) => void;
  onSkill: (skill: SkillRef) => void;
}

const typedOf = (command: Command | null, kind: Command["kind"]): string | null => (command?.kind === kind ? command.typed : null);

function useAssistants(typed: string | null, onMention: Reactions["onMention"]): Suggestion[] {
  const { data } = useQuery({
    ...assistantsQuery({ scope: "visible_to_user", page: 0, perPage: MOST, search: typed ?? "" }),
    enabled: typed !== null && onMention !== undefined,
  });
  if (typed === null || !onMention) return [];
  return (data?.data ?? []).map(({ id, name }) => ({
    id,
    name,
    icon: <AssistantAvatar name={name} className="size-5 rounded text-[10px]" />,
    choose: () => onMention({ id, name }),
  }));
}

function usePrompts(typed: string | null, starters: readonly string[], { onStarter, onSkill }: Reactions): Suggestion[] {
  const { data } = useQuery({ ...skillsQuery({ search: typed ?? "", page: 0, perPage: MOST }), enabled: typed !== null });
  if (typed === null) return [];
  const fitting = starters.filter((starter) => starter.toLowerCase().includes(typed.trim().toLowerCase()));
  return [
    ...fitting.map((starter) => ({ id: `starter ${starter}`, name: starter, icon: <MessageSquareText aria-hidden />, choose: () => onStarter(starter) })),
    ...(data?.data ?? []).map(({ id, name, description }) => ({
      id,
      name,
      note: description,
      icon: <BookOpen aria-hidden />,
      choose: () => onSkill({ id, name }),
    })),
  ];
}

/** What fits a command: assistants for `@`; for `/`, the assistant's starters and the skills one may use. */
export function useCommandChoices(command: Command | null, starters: readonly string[], reactions: Reactions): Suggestion[] {
  const assistants = useAssistants(typedOf(command, "mention"), reactions.onMention);
  const prompts = usePrompts(typedOf(command, "prompt"), starters, reactions);
  return command?.kind === "mention" ? assistants : prompts;
}
