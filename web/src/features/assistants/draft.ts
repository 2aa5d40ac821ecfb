import type { Assistant, AssistantDraft, ContextRef } from "./queries";

/** The form's state: the draft with numbers still as typed. */
export interface FormState extends Omit<AssistantDraft, "temperature"> {
  temperature: string;
}

export function emptyForm(project: string, model: string): FormState {
  return {
    name: "",
    description: "",
    project,
    system_prompt: "",
    llm_model_type: model,
    temperature: "",
    context: [],
    conversation_starters: [],
    shared: false,
  };
}

export function formFrom(assistant: Assistant, model: string): FormState {
  return {
    name: assistant.name,
    description: assistant.description,
    project: assistant.project,
    system_prompt: assistant.system_prompt,
    llm_model_type: assistant.llm_model_type ?? model,
    temperature: assistant.temperature === null ? "" : String(assistant.temperature),
    context: assistant.context,
    conversation_starters: assistant.conversation_starters,
    shared: assistant.shared,
  };
}

export function temperatureOf(form: FormState): number | null | undefined {
  const typed = form.temperature.trim().replace(",", ".");
  if (!typed) return null;
  const value = Number(typed);
  return Number.isFinite(value) && value >= 0 && value <= 2 ? value : undefined;
}

export function draftFrom(form: FormState): AssistantDraft {
  return {
    ...form,
    name: form.name.trim(),
    temperature: temperatureOf(form) ?? null,
    conversation_starters: form.conversation_starters.map((starter) => starter.trim()).filter(Boolean),
  };
}

export function sameContext(one: ContextRef, other: ContextRef): boolean {
  return one.name === other.name && one.context_type === other.context_type;
}
