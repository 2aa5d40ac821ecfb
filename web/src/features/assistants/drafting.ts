import { useMutation } from "@tanstack/react-query";

import { request } from "@/api/client";
import type { Schemas } from "@/api/schema";
import type { Review } from "@/components/advice-list";

import { draftFrom, type FormState } from "./draft";

/** Drafts, reviews and previews of what the form holds; a model writes them, nothing is saved. */

export function useGenerateAssistant() {
  return useMutation({
    mutationFn: (text: string) => request<Schemas["AssistantDraft"]>("/assistants/generate", { method: "POST", json: { text } }),
  });
}

export function useGeneratePrompt() {
  return useMutation({
    mutationFn: (json: { text: string; system_prompt?: string }) =>
      request<Schemas["PromptDraft"]>("/assistants/prompt/generate", { method: "POST", json }),
  });
}

export function useReviewAssistant() {
  return useMutation({
    mutationFn: ({ form, wish }: { form: FormState; wish: string }) => {
      const { name, description, system_prompt, conversation_starters, categories, project } = draftFrom(form);
      const json = { name, description, system_prompt, conversation_starters, categories, project, refine_prompt: wish || null };
      return request<Review>("/assistants/refine", { method: "POST", json });
    },
  });
}

export function usePreviewPrompt() {
  return useMutation({
    mutationFn: ({ form, id }: { form: FormState; id: string | null }) =>
      request<Schemas["PromptValidation"]>("/assistants/system-prompt/validate", {
        method: "POST",
        json: {
          system_prompt_template: form.system_prompt,
          prompt_vars: Object.fromEntries(form.prompt_variables.map(({ key, default_value }) => [key, default_value])),
          assistant_id: id,
        },
      }),
  });
}
