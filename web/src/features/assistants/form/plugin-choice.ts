import type { ToolKit } from "../draft";

type Tool = ToolKit["tools"][number];
/** What the assistant keeps of an integration. */
export type Kept = NonNullable<ToolKit["settings"]>;

export const PLUGIN = "Plugin";
/** The tool of the same name stands for all that agents offer when the assistant is used. */
export const EVERY_TOOL = PLUGIN;
const LABEL = "label";

const labelled = (setting: Kept | null | undefined) => setting?.credential_values?.find(({ key }) => key === LABEL)?.value;

/** Of which agents tools are meant; empty for all of the key. */
export const labelOf = (kit: ToolKit | undefined): string => {
  const label: unknown = labelled(kit?.settings);
  return typeof label === "string" ? label : "";
};

/** The integration that says of which agents tools are meant. */
export function withLabel(setting: Kept, label: string): Kept {
  const values = (setting.credential_values ?? []).filter(({ key }) => key !== LABEL);
  return { ...setting, credential_values: label ? [...values, { key: LABEL, value: label }] : values };
}

/** Tools that are there now, and those that the assistant has although their agent is away. */
export function listed(loaded: readonly Tool[], picked: readonly Tool[]): { tool: Tool; away: boolean }[] {
  const names = new Set(loaded.map(({ name }) => name));
  const away = picked.filter(({ name }) => name !== EVERY_TOOL && !names.has(name));
  return [...loaded.map((tool) => ({ tool, away: false })), ...away.map((tool) => ({ tool, away: true }))];
}

/** The toolkits with one tool of agents taken in or out; all of them, or single ones, not both. */
export function picked(chosen: readonly ToolKit[], kit: ToolKit, tool: Tool): ToolKit[] {
  const own = chosen.find(({ toolkit }) => toolkit === PLUGIN);
  const now = own?.tools ?? [];
  const on = now.some(({ name }) => name === tool.name);
  const others = now.filter(({ name }) => name !== tool.name && (tool.name === EVERY_TOOL) === (name === EVERY_TOOL));
  const tools = on ? others : [...others, tool];
  const rest = chosen.filter(({ toolkit }) => toolkit !== PLUGIN);
  return tools.length > 0 ? [...rest, { ...kit, settings: own?.settings ?? kit.settings, tools }] : rest;
}
