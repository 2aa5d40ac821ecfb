import { ApiError } from "@/api/errors";
import type { Schemas } from "@/api/schema";
import { chosenOf, type Guard } from "@/features/guardrails/guards";

import { REMOTE, type AgentCard } from "./agent-card";
import { text } from "./form-text";
import type { Assistant, AssistantDraft, ContextRef } from "./queries";

export interface Named {
  id: string;
  name: string;
  note?: string | undefined;
}

export type McpServer = Schemas["McpServer"];
export type PromptVariable = Schemas["PromptVariable"];
export type ToolKit = Schemas["ToolKit"];
/** `usual`: nobody has decided, so that only what destroys something waits for a person. */
export type Policy = Schemas["ToolPermissions"]["tool_call_policy"] | "usual";
export type BuiltinSubagent = NonNullable<Schemas["CreateAssistant"]["enabled_builtin_subagents"]>[number];
export type AgentMode = NonNullable<Schemas["CreateAssistant"]["agent_mode"]>;
export type Interactive = Schemas["InteractiveFeatures"];

/** The form's state: the draft with numbers still as typed, and names beside the ids of what is attached. */
export interface FormState {
  name: string;
  description: string;
  project: string;
  icon_url: string;
  slug: string;
  system_prompt: string;
  llm_model_type: string;
  temperature: string;
  top_p: string;
  tools_tokens_size_limit: string;
  smart_tool_selection_enabled: boolean;
  agent_mode: AgentMode;
  plan_prompt: string;
  enable_image_generation: boolean;
  /** Empty: the first model that makes pictures. */
  image_generation_model: string;
  context: ContextRef[];
  toolkits: ToolKit[];
  mcp_servers: McpServer[];
  prompt_variables: PromptVariable[];
  subAssistants: Named[];
  enabled_builtin_subagents: BuiltinSubagent[];
  skills: Named[];
  conversation_starters: string[];
  categories: string[];
  shared: boolean;
  guards: Guard[];
  policy: Policy;
  allowOverride: boolean;
  interactive: Interactive;
  /** Whether an agent on another server answers; null while nobody has said which. */
  remote: boolean;
  agent_card: AgentCard | null;
}

export type Problems = Partial<Record<keyof FormState, string>>;

const QUIET: Interactive = { action_buttons: false, choice: false, short_forms: false };

export function emptyForm(project: string, model: string): FormState {
  return {
    name: "",
    description: "",
    project,
    icon_url: "",
    slug: "",
    system_prompt: "",
    llm_model_type: model,
    temperature: "",
    top_p: "",
    tools_tokens_size_limit: "",
    smart_tool_selection_enabled: false,
    agent_mode: "general",
    plan_prompt: "",
    enable_image_generation: false,
    image_generation_model: "",
    context: [],
    toolkits: [],
    mcp_servers: [],
    prompt_variables: [],
    subAssistants: [],
    enabled_builtin_subagents: [],
    skills: [],
    conversation_starters: [],
    categories: [],
    shared: false,
    guards: [],
    policy: "usual",
    allowOverride: true,
    interactive: QUIET,
    remote: false,
    agent_card: null,
  };
}

const typed = (value: number | null) => (value === null ? "" : String(value));

export function formFrom(assistant: Omit<Assistant, "id">, model: string): FormState {
  const skills = (assistant.skills ?? []) as unknown as { id: string; name: string; description?: string }[];
  return {
    name: assistant.name,
    description: assistant.description,
    project: assistant.project,
    icon_url: assistant.icon_url ?? "",
    slug: assistant.slug ?? "",
    system_prompt: assistant.system_prompt,
    llm_model_type: assistant.llm_model_type ?? model,
    temperature: typed(assistant.temperature),
    top_p: typed(assistant.top_p),
    tools_tokens_size_limit: typed(assistant.tools_tokens_size_limit),
    smart_tool_selection_enabled: assistant.smart_tool_selection_enabled,
    agent_mode: assistant.agent_mode === "plan_execute" ? "plan_execute" : "general",
    plan_prompt: assistant.plan_prompt ?? "",
    enable_image_generation: assistant.enable_image_generation,
    image_generation_model: assistant.image_generation_model ?? "",
    context: assistant.context,
    toolkits: assistant.toolkits,
    mcp_servers: assistant.mcp_servers,
    prompt_variables: assistant.prompt_variables,
    subAssistants: subAssistantsOf(assistant),
    // The server names those it knows; the form hands them back.
    enabled_builtin_subagents: assistant.enabled_builtin_subagents as BuiltinSubagent[],
    skills: (assistant.skill_ids ?? []).map((id) => {
      const known = skills.find((skill) => skill.id === id);
      return { id, name: known?.name ?? text.unreadable, note: known?.description };
    }),
    conversation_starters: assistant.conversation_starters,
    categories: assistant.categories.map((category) => (typeof category === "string" ? category : category.id)),
    shared: assistant.shared,
    guards: assistant.guardrail_assignments ?? [],
    policy: assistant.tool_permissions?.tool_call_policy ?? "usual",
    allowOverride: assistant.tool_permissions?.allow_override ?? true,
    interactive: assistant.interactive_features,
    remote: assistant.type === REMOTE,
    agent_card: assistant.agent_card as AgentCard | null,
  };
}

function subAssistantsOf(assistant: Omit<Assistant, "id">): Named[] {
  return assistant.assistant_ids.map((id) => {
    const known = assistant.nested_assistants?.find((sub) => sub.id === id);
    return { id, name: known?.name ?? text.unreadable, note: known?.description };
  });
}

/** A number as typed: null when empty, undefined when it is none within the bounds. */
export function numberOf(typedText: string, lowest: number, highest: number): number | null | undefined {
  const trimmed = typedText.trim().replace(",", ".");
  if (!trimmed) return null;
  const value = Number(trimmed);
  return Number.isFinite(value) && value >= lowest && value <= highest ? value : undefined;
}

const MOST_TOKENS = 2 ** 31 - 1;
const temperatureOf = (form: FormState) => numberOf(form.temperature, 0, 2);
const topPOf = (form: FormState) => numberOf(form.top_p, 0, 1);
const limitOf = (form: FormState) => numberOf(form.tools_tokens_size_limit, 1, MOST_TOKENS);

/** What the browser can tell before anything is sent. */
export function problemsOf(form: FormState): Problems {
  const problems: Problems = {};
  if (!form.name.trim()) problems.name = text.nameMissing;
  if (form.remote && !form.agent_card) problems.agent_card = text.agent.missing;
  if (temperatureOf(form) === undefined) problems.temperature = text.temperatureWrong;
  if (topPOf(form) === undefined) problems.top_p = text.topPWrong;
  const limit = limitOf(form);
  if (limit === undefined || (limit !== null && !Number.isInteger(limit))) problems.tools_tokens_size_limit = text.limitWrong;
  const keys = form.prompt_variables.map(({ key }) => key.trim());
  if (keys.includes("")) problems.prompt_variables = text.variableNameMissing;
  else if (new Set(keys).size < keys.length) problems.prompt_variables = text.variableTwice;
  return problems;
}

const WIRE_FIELDS: Record<string, keyof FormState> = {
  assistant_ids: "subAssistants",
  skill_ids: "skills",
  tool_permissions: "policy",
  interactive_features: "interactive",
  guardrail_assignments: "guards",
};

/** Refusals of the whole that are about one field, told by their words. */
const BY_WORDS: readonly (readonly [RegExp, keyof FormState])[] = [
  [/the slug /i, "slug"],
  [/skill '/i, "skills"],
  [/categor/i, "categories"],
  [/nested assistants|sub-assistant|assistant with id|belongs to another project/i, "subAssistants"],
  [/mcp/i, "mcp_servers"],
  [/guardrail/i, "guards"],
];

/** What the server said about single fields, in its own words. */
export function refusalsOf(error: unknown): Problems {
  if (!(error instanceof ApiError)) return {};
  const entries = Object.entries(error.fieldProblems).map(([field, problem]) => [WIRE_FIELDS[field] ?? field, problem] as const);
  if (entries.length > 0) return Object.fromEntries(entries);
  const told = error.details ?? error.message;
  const field = error.status === 400 ? BY_WORDS.find(([words]) => words.test(told))?.[1] : undefined;
  return field ? { [field]: told } : {};
}

/** What an agent on another server has here: how people find it, who may use it, what must not be said. */
function remoteDraft(form: FormState): AssistantDraft {
  const { description, project, categories, shared, agent_card } = form;
  return { description, project, categories, shared, agent_card, ...common(form) };
}

const common = (form: FormState) => ({
  name: form.name.trim(),
  icon_url: form.icon_url || null,
  slug: form.slug.trim() || null,
  conversation_starters: form.conversation_starters.map((starter) => starter.trim()).filter(Boolean),
  guardrail_assignments: chosenOf(form.guards),
});

export function draftFrom(form: FormState): AssistantDraft {
  if (form.remote) return remoteDraft(form);
  const { subAssistants, skills, policy, allowOverride, interactive, guards, remote, agent_card, ...rest } = form;
  return {
    ...rest,
    ...common(form),
    temperature: temperatureOf(form) ?? null,
    top_p: topPOf(form) ?? null,
    tools_tokens_size_limit: limitOf(form) ?? null,
    plan_prompt: form.plan_prompt.trim() || null,
    image_generation_model: form.image_generation_model || null,
    prompt_variables: form.prompt_variables.map((variable) => ({ ...variable, key: variable.key.trim() })),
    assistant_ids: subAssistants.map(({ id }) => id),
    skill_ids: skills.map(({ id }) => id),
    tool_permissions: policy === "usual" ? null : { tool_call_policy: policy, allow_override: allowOverride },
    interactive_features: interactive,
  };
}

export function sameContext(one: ContextRef, other: ContextRef): boolean {
  return one.name === other.name && one.context_type === other.context_type;
}

const BUILT_IN = new Set(["current_user", "date"]);

/** Names the instructions refer to that nobody has explained yet. */
export function unknownVariables(form: Pick<FormState, "system_prompt" | "prompt_variables">): string[] {
  const known = new Set([...BUILT_IN, ...form.prompt_variables.map(({ key }) => key.trim())]);
  const found = [...form.system_prompt.matchAll(/\{\{\s*([A-Za-z_]\w*)\s*\}\}/g)].map((match) => match[1] ?? "");
  return [...new Set(found)].filter((name) => !known.has(name));
}
