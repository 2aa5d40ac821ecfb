import { useMutation } from "@tanstack/react-query";

import { request } from "@/api/client";
import type { Schemas } from "@/api/schema";
import { linesOf, wordsOf, type Advice, type Review } from "@/components/advice-list";

import { typedName, type SkillForm } from "./skill-draft";

/** Drafts and reviews of what the form holds; a model writes them, nothing is saved. */

export type SkillDraft = Schemas["SkillDraft"];

export const useGenerateSkill = () =>
  useMutation({ mutationFn: (text: string) => request<SkillDraft>("/skills/generate", { method: "POST", json: { text } }) });

export const useWriteInstructions = () =>
  useMutation({
    mutationFn: ({ form, wish }: { form: SkillForm; wish: string }) =>
      request<Schemas["InstructionsDraft"]>("/skills/instructions/generate", {
        method: "POST",
        json: { description: wish, existing_instructions: form.content || null, skill_name: form.name || null },
      }),
  });

export const useReviewSkill = () =>
  useMutation({
    mutationFn: ({ form, wish }: { form: SkillForm; wish: string }) => {
      const { name, description, content, categories } = form;
      return request<Review>("/skills/refine", { method: "POST", json: { name, description, instructions: content, categories, refine_prompt: wish || null } });
    },
  });

/** What a draft makes of the form. */
export const formFrom = ({ name, description, instructions, categories = [] }: SkillDraft): Partial<SkillForm> => ({
  name: typedName(name),
  description,
  content: instructions,
  categories,
});

/** What an applied advice makes of its field; categories that nobody knows are left out. */
export function changeOf(advice: Advice, categories: readonly string[]): Partial<SkillForm> {
  switch (advice.name) {
    case "name":
      return { name: typedName(wordsOf(advice)).replace(/-$/, "") };
    case "instructions":
      return { content: wordsOf(advice) };
    case "categories":
      return { categories: linesOf(advice).filter((value) => categories.includes(value)).slice(0, 3) };
    default:
      return { description: wordsOf(advice) };
  }
}
