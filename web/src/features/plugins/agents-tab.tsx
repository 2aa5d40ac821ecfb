import type { UseQueryResult } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { MonitorOff } from "lucide-react";
import { useState } from "react";

import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { RowSkeleton } from "@/components/results";
import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/select";
import type { CatalogueTool } from "@/features/toolkits/queries";
import { ToolPanel } from "@/features/toolkits/tool-panel";

import { AgentCard } from "./agent-card";
import type { AgentTool, PluginAgent, PluginKey } from "./queries";
import { text } from "./text";

const EVERY = "*";

function LabelFilter({ labels, value, onChange }: { labels: readonly string[]; value: string; onChange: (label: string) => void }) {
  const options = [{ value: EVERY, label: text.everyLabel }, ...labels.map((label) => ({ value: label, label }))];
  return <Select className="w-56 max-w-full" label={text.filterLabel} value={value} options={options} onChange={onChange} />;
}

/** Who is connected now; it changes by itself. */
export function AgentsTab({ pluginKey, query }: { pluginKey: PluginKey; query: UseQueryResult<PluginAgent[]> }) {
  const navigate = useNavigate();
  const [label, setLabel] = useState(EVERY);
  const [tried, setTried] = useState<{ tool: AgentTool; agent: PluginAgent } | null>(null);
  if (query.isPending) return <RowSkeleton label={text.agentsLoading} rows={2} />;
  if (query.isError) return <ErrorNote title={text.agentsFailed} error={query.error} onRetry={() => void query.refetch()} />;
  const labels = [...new Set(query.data.map((agent) => agent.label))].sort();
  const shown = query.data.filter((agent) => label === EVERY || agent.label === label || !labels.includes(label));
  return (
    <div className="grid min-w-0 gap-4">
      {labels.length > 1 && <LabelFilter labels={labels} value={labels.includes(label) ? label : EVERY} onChange={setLabel} />}
      <ul aria-label={text.agents} aria-live="polite" className="grid gap-4 empty:hidden">
        {shown.map((agent) => (
          <AgentCard key={agent.session} agent={agent} onTry={(tool) => setTried({ tool, agent })} />
        ))}
      </ul>
      {shown.length === 0 && (
        <EmptyState icon={MonitorOff} title={text.noAgentsTitle} text={text.noAgentsText}>
          <Button look="primary" onClick={() => void navigate({ to: "/plugins/$keyId", params: { keyId: pluginKey.id }, search: { tab: "start" } })}>
            {text.start}
          </Button>
        </EmptyState>
      )}
      {tried && (
        <ToolPanel
          tool={triedTool(tried.tool, query.data.length > 1 ? tried.agent : null)}
          project={pluginKey.project_name}
          integration={pluginKey.id}
          lentBy={pluginKey.id}
          onClose={() => setTried(null)}
        />
      )}
    </div>
  );
}

/** The tool under the name that calls it at this agent; `agent` is named where there are several. */
const triedTool = (tool: AgentTool, agent: PluginAgent | null): CatalogueTool => ({
  name: tool.called,
  label: agent ? text.toolAt(readable(tool.name), agent.host ?? text.unknownHost, agent.label) : readable(tool.name),
  description: tool.description,
  effect: tool.effect,
  credential_types: [],
  in_repository: false,
  settings_config: false,
});

/** `_read_file` → “Read file”. */
const readable = (name: string): string => {
  const words = name.replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
};
