import { useQuery } from "@tanstack/react-query";
import { useId } from "react";

import { Checkbox } from "@/components/ui/checkbox";

import type { ToolKit } from "../draft";
import { toolkitsQuery } from "../queries";

type Tool = ToolKit["tools"][number];

/** The toolkits with one tool taken in or out; a toolkit without tools is left out. */
export function toggled(chosen: readonly ToolKit[], kit: ToolKit, tool: Tool): ToolKit[] {
  const own = chosen.find(({ toolkit }) => toolkit === kit.toolkit) ?? { ...kit, tools: [] };
  const on = own.tools.some(({ name }) => name === tool.name);
  const tools = on ? own.tools.filter(({ name }) => name !== tool.name) : [...own.tools, tool];
  const rest = chosen.filter(({ toolkit }) => toolkit !== kit.toolkit);
  return tools.length > 0 ? [...rest, { ...own, tools }] : rest;
}

function ToolRow({ tool, checked, onToggle }: { tool: Tool; checked: boolean; onToggle: () => void }) {
  const id = useId();
  const about = tool.user_description ?? tool.description;
  return (
    <li className="flex items-start gap-1.5 px-2 py-0.5">
      <Checkbox id={id} checked={checked} onCheckedChange={onToggle} />
      <label htmlFor={id} className="grid min-w-0 py-0.5 text-[13px]">
        {tool.label ?? tool.name}
        {about && <span className="line-clamp-1 text-xs text-fg-muted">{about}</span>}
      </label>
    </li>
  );
}

interface ToolkitPickerProps {
  label: string;
  value: ToolKit[];
  onChange: (value: ToolKit[]) => void;
}

/** The platform's toolkits, and those the assistant has although they are no longer offered. */
export function ToolkitPicker({ label, value, onChange }: ToolkitPickerProps) {
  const { data = [] } = useQuery(toolkitsQuery);
  const gone = value.filter(({ toolkit }) => !data.some((kit) => kit.toolkit === toolkit));
  const kits = [...data, ...gone];
  if (kits.length === 0) return null;
  return (
    <div className="grid gap-1.5">
      <p className="text-[13px] font-medium">{label}</p>
      <div className="max-h-96 overflow-y-auto rounded-lg border border-line">
        {kits.map((kit) => {
          const chosen = value.find(({ toolkit }) => toolkit === kit.toolkit)?.tools ?? [];
          return (
            <details key={kit.toolkit} open={chosen.length > 0} className="border-t border-line first:border-t-0">
              <summary className="flex min-h-9 items-center justify-between gap-2 px-3 text-[13px] font-medium hover:bg-subtle">
                {kit.label ?? kit.toolkit}
                {chosen.length > 0 && <span className="text-xs text-fg-muted tabular-nums">{chosen.length}</span>}
              </summary>
              <ul className="pb-2">
                {kit.tools.map((tool) => (
                  <ToolRow
                    key={tool.name}
                    tool={tool}
                    checked={chosen.some(({ name }) => name === tool.name)}
                    onToggle={() => onChange(toggled(value, kit, tool))}
                  />
                ))}
              </ul>
            </details>
          );
        })}
      </div>
    </div>
  );
}
