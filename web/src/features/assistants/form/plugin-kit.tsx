import { useQuery } from "@tanstack/react-query";
import { Info } from "lucide-react";
import { useId, useState } from "react";

import { ErrorNote } from "@/components/error-note";
import { SwitchField } from "@/components/switch-field";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Field } from "@/components/ui/field";
import { IconButton } from "@/components/ui/icon-button";
import { Input } from "@/components/ui/input";
import { EffectBadge } from "@/features/toolkits/effect-badge";
import { IntegrationSelect } from "@/features/toolkits/integration-select";
import { pluginToolsQuery, type CatalogueTool, type CatalogueToolkit } from "@/features/toolkits/queries";
import { text } from "@/features/toolkits/text";

import type { ToolKit } from "../draft";
import { KitSummary } from "./kit-summary";
import { EVERY_TOOL, labelOf, listed, picked, PLUGIN, withLabel, type Kept } from "./plugin-choice";

type Tool = ToolKit["tools"][number];

interface PluginKitProps {
  kit: CatalogueToolkit;
  project: string;
  value: ToolKit[];
  onChange: (value: ToolKit[]) => void;
  onOpen: (tool: CatalogueTool, integration: string) => void;
}

function AgentToolRow({ tool, away, checked, onToggle, onOpen }: { tool: Tool; away: boolean; checked: boolean; onToggle: () => void; onOpen?: (() => void) | undefined }) {
  const id = useId();
  const label = tool.label ?? tool.name;
  return (
    <li className="flex items-center gap-1.5 py-0.5">
      <Checkbox id={id} checked={checked} onCheckedChange={onToggle} />
      <label htmlFor={id} className="min-w-0 flex-1 py-1 text-[13px] break-words">
        {label}
      </label>
      {away ? <Badge>{text.away}</Badge> : <EffectBadge effect={(tool as CatalogueTool).effect} />}
      {onOpen && (
        <IconButton label={text.about(label)} onClick={onOpen}>
          <Info />
        </IconButton>
      )}
    </li>
  );
}

/** Tools of agents on other machines: those of one key, as they are there now or were when the assistant got them. */
export function PluginKit({ kit, project, value, onChange, onOpen }: PluginKitProps) {
  const chosen = value.find(({ toolkit }) => toolkit === PLUGIN);
  const tools = chosen?.tools ?? [];
  // Before a tool is chosen there is nowhere in the assistant to keep it.
  const [first, setFirst] = useState<Kept | null>(null);
  const setting = chosen ? (chosen.settings ?? null) : first;
  const loaded = useQuery({ ...pluginToolsQuery(setting?.id ?? ""), enabled: false });
  const every = tools.some(({ name }) => name === EVERY_TOOL);
  const own = { ...kit, tools: [], settings: setting } as ToolKit;
  const keep = (next: Kept | null) => {
    setFirst(next);
    if (chosen) onChange(value.map((one) => (one === chosen ? { ...one, settings: next } : one)));
  };
  const toggle = (tool: Tool) => onChange(picked(value, own, tool));
  const rows = listed(loaded.data?.flatMap((one) => one.tools) ?? [], tools);
  return (
    <details open={tools.length > 0} className="group/kit border-t border-line first:border-t-0">
      <KitSummary label={text.plugins} chosen={tools.length} />
      <div className="grid gap-3 px-3 pt-1 pb-3">
        <IntegrationSelect label={text.pluginKey} types={[PLUGIN]} project={project} tool={PLUGIN} value={setting?.id ?? null} hint={text.pluginKeyHint} onChange={keep} />
        <SwitchField label={text.everyTool} hint={text.everyToolHint} checked={every} onChange={() => toggle({ name: EVERY_TOOL, label: EVERY_TOOL, settings_config: false })} />
        {setting && (
          <Field label={text.agentLabel} hint={text.agentLabelHint}>
            {(field) => <Input {...field} className="max-w-64" value={labelOf({ ...own, settings: setting })} onChange={(event) => keep(withLabel(setting, event.target.value.trim()))} />}
          </Field>
        )}
        <Button className="justify-self-start" disabled={!setting || loaded.isFetching} onClick={() => void loaded.refetch()}>
          {loaded.isFetching ? text.loadingTools : loaded.data ? text.reloadTools : text.loadTools}
        </Button>
        {loaded.isError && !loaded.isFetching && <ErrorNote title={text.loadToolsFailed} error={loaded.error} />}
        {rows.length > 0 && (
          <ul aria-label={text.toolsOfAgents} aria-live="polite">
            {rows.map(({ tool, away }) => (
              <AgentToolRow
                key={tool.name}
                tool={tool}
                away={away}
                checked={every || tools.some(({ name }) => name === tool.name)}
                onToggle={() => toggle(tool)}
                onOpen={away || !setting?.id ? undefined : () => onOpen(tool as CatalogueTool, setting.id ?? "")}
              />
            ))}
          </ul>
        )}
      </div>
    </details>
  );
}
