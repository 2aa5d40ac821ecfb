import { useQuery } from "@tanstack/react-query";
import { Info } from "lucide-react";
import { useId, useState } from "react";

import { SearchInput } from "@/components/search-input";
import { Badge } from "@/components/ui/badge";
import { Checkbox } from "@/components/ui/checkbox";
import { IconButton } from "@/components/ui/icon-button";
import { useTypeLabel } from "@/features/integrations/queries";
import { EffectBadge } from "@/features/toolkits/effect-badge";
import type { CatalogueTool, CatalogueToolkit } from "@/features/toolkits/queries";
import { text } from "@/features/toolkits/text";
import { ToolPanel } from "@/features/toolkits/tool-panel";

import type { ToolKit } from "../draft";
import { toolkitsQuery } from "../queries";
import { KitSummary } from "./kit-summary";
import { PLUGIN } from "./plugin-choice";
import { PluginKit } from "./plugin-kit";
import { connected, found, toggled } from "./toolkit-choice";
import { ToolkitIntegrations } from "./toolkit-integrations";

interface ToolRowProps {
  tool: CatalogueTool;
  checked: boolean;
  onToggle: () => void;
  onOpen: () => void;
}

function ToolRow({ tool, checked, onToggle, onOpen }: ToolRowProps) {
  const id = useId();
  const labelOf = useTypeLabel();
  const about = tool.user_description ?? tool.description;
  const label = tool.label ?? tool.name;
  return (
    <li className="flex items-start gap-1.5 px-2 py-0.5">
      <Checkbox id={id} checked={checked} onCheckedChange={onToggle} />
      <label htmlFor={id} className="grid min-w-0 flex-1 py-0.5 text-[13px]">
        {label}
        {about && <span className="line-clamp-1 text-xs text-fg-muted">{about}</span>}
      </label>
      <span className="flex flex-wrap justify-end gap-1 py-0.5">
        <EffectBadge effect={tool.effect} />
        {tool.credential_type && <Badge className="hidden sm:inline-flex">{text.needs(labelOf(tool.credential_type))}</Badge>}
      </span>
      <IconButton label={text.about(label)} onClick={onOpen}>
        <Info />
      </IconButton>
    </li>
  );
}

interface KitProps {
  kit: CatalogueToolkit;
  /** As it is offered: with the tools that the search left out. */
  whole: CatalogueToolkit;
  project: string;
  value: ToolKit[];
  searching: boolean;
  onChange: (value: ToolKit[]) => void;
  onOpen: (tool: CatalogueTool, integration: string | null) => void;
}

function Kit({ kit, whole, project, value, searching, onChange, onOpen }: KitProps) {
  const chosen = value.find(({ toolkit }) => toolkit === kit.toolkit);
  const picked = chosen?.tools ?? [];
  return (
    <details open={searching || picked.length > 0} className="group/kit border-t border-line first:border-t-0">
      <KitSummary label={kit.label ?? kit.toolkit} chosen={picked.length} />
      <ul className="pb-2">
        {kit.tools.map((tool) => {
          const own = picked.find(({ name }) => name === tool.name);
          return (
            <ToolRow
              key={tool.name}
              tool={tool}
              checked={own !== undefined}
              onToggle={() => onChange(toggled(value, whole, tool))}
              onOpen={() => onOpen(tool, own?.settings?.id ?? chosen?.settings?.id ?? null)}
            />
          );
        })}
      </ul>
      {chosen && (
        <ToolkitIntegrations
          kit={whole}
          chosen={chosen}
          project={project}
          onChoose={(tool, setting) => onChange(connected(value, kit.toolkit, tool, setting))}
        />
      )}
    </details>
  );
}

interface ToolkitPickerProps {
  label: string;
  project: string;
  value: ToolKit[];
  onChange: (value: ToolKit[]) => void;
}

/** The platform's toolkits, and those the assistant has although they are no longer offered. */
export function ToolkitPicker({ label, project, value, onChange }: ToolkitPickerProps) {
  const { data = [] } = useQuery(toolkitsQuery);
  const [search, setSearch] = useState("");
  const [open, setOpen] = useState<{ tool: CatalogueTool; integration: string | null; lentBy?: string } | null>(null);
  const gone = value.filter(({ toolkit }) => !data.some((kit) => kit.toolkit === toolkit));
  // Of what is gone only the name is known: not what it did.
  const kits: CatalogueToolkit[] = [...data, ...gone.map((kit) => ({ ...kit, tools: kit.tools.map((tool) => ({ ...tool, effect: "reads" as const, in_repository: false, credential_types: [] })) }))];
  if (kits.length === 0) return null;
  const shown = found(kits, search);
  return (
    <div className="grid gap-1.5">
      <p className="text-[13px] font-medium">{label}</p>
      <SearchInput label={text.searchTools} value={search} onChange={setSearch} />
      <div className="max-h-120 overflow-y-auto rounded-lg border border-line">
        {shown.length === 0 && <p className="px-3 py-6 text-center text-[13px] text-fg-muted">{text.noTools}</p>}
        {shown.map((kit) =>
          kit.toolkit === PLUGIN ? (
            <PluginKit
              key={kit.toolkit}
              kit={kit}
              project={project}
              value={value}
              onChange={onChange}
              onOpen={(tool, integration) => setOpen({ tool, integration, lentBy: integration })}
            />
          ) : (
          <Kit
            key={kit.toolkit}
            kit={kit}
            whole={kits.find(({ toolkit }) => toolkit === kit.toolkit) ?? kit}
            project={project}
            value={value}
            searching={search !== ""}
            onChange={onChange}
            onOpen={(tool, integration) => setOpen({ tool, integration })}
          />
          ),
        )}
      </div>
      {open && <ToolPanel {...open} project={project} onClose={() => setOpen(null)} />}
    </div>
  );
}
