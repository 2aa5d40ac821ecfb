import type { Setting } from "@/features/integrations/queries";
import { servingTypes, type CatalogueToolkit } from "@/features/toolkits/queries";

import type { ToolKit } from "../draft";

type Tool = ToolKit["tools"][number];

/** The toolkits with one tool taken in or out; a toolkit without tools is left out. */
export function toggled(chosen: readonly ToolKit[], kit: ToolKit, tool: Tool): ToolKit[] {
  const own = chosen.find(({ toolkit }) => toolkit === kit.toolkit) ?? { ...kit, tools: [] };
  const on = own.tools.some(({ name }) => name === tool.name);
  const tools = on ? own.tools.filter(({ name }) => name !== tool.name) : [...own.tools, tool];
  const rest = chosen.filter(({ toolkit }) => toolkit !== kit.toolkit);
  return tools.length > 0 ? [...rest, { ...own, tools }] : rest;
}

/** The toolkits with an integration for one of them, or for a single tool of it; null takes the choice back. */
export function connected(chosen: readonly ToolKit[], toolkit: string, tool: string | null, setting: Setting | null): ToolKit[] {
  return chosen.map((kit) => {
    if (kit.toolkit !== toolkit) return kit;
    if (tool === null) return { ...kit, settings: setting };
    return { ...kit, tools: kit.tools.map((own) => (own.name === tool ? { ...own, settings: setting } : own)) };
  });
}

/** The types of integration that all of a toolkit's tools need, if one choice can serve them all. */
export function sharedTypes(kit: CatalogueToolkit): readonly string[] | null {
  if (!kit.settings_config) return null;
  const types = new Set(kit.tools.flatMap(servingTypes));
  return types.size > 0 ? [...types] : null;
}

/** The toolkits of which something fits the search: all of its tools when its own name does. */
export function found<Kit extends ToolKit>(kits: readonly Kit[], search: string): Kit[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (...said: (string | null | undefined)[]) => words.every((word) => said.some((text) => text?.toLowerCase().includes(word)));
  return kits.flatMap((kit) => {
    if (fits(kit.toolkit, kit.label)) return [kit];
    const tools = kit.tools.filter((tool) => fits(kit.label, kit.toolkit, tool.name, tool.label, tool.user_description, tool.description));
    return tools.length > 0 ? [{ ...kit, tools }] : [];
  });
}
