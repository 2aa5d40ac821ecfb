import { Laptop, ShieldQuestionMark } from "lucide-react";
import { useId } from "react";

import { Disclosure } from "@/components/disclosure";
import { Time } from "@/components/time";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { EffectBadge } from "@/features/toolkits/effect-badge";

import type { AgentTool, PluginAgent } from "./queries";
import { text } from "./text";

/** What the rights of the key say of a tool; where they say nothing, what it does. */
function RightBadge({ tool }: { tool: AgentTool }) {
  if (!tool.is_permitted) return <Badge>{text.denied}</Badge>;
  if (!tool.asks) return <EffectBadge effect={tool.effect} />;
  return (
    <Badge tone="warn">
      <ShieldQuestionMark aria-hidden /> {text.asksFirst}
    </Badge>
  );
}

function ToolRow({ tool, onTry }: { tool: AgentTool; onTry: (tool: AgentTool) => void }) {
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-line px-3 py-2 first:border-t-0">
      <div className="min-w-0 flex-1 basis-60">
        <p className="flex flex-wrap items-center gap-2">
          <code className="font-mono text-xs font-medium break-all">{tool.name}</code>
          <RightBadge tool={tool} />
        </p>
        {tool.description && <p className="line-clamp-2 text-xs break-words text-fg-muted">{tool.description}</p>}
      </div>
      {tool.is_permitted && (
        <Button size="sm" aria-label={text.tryIt(tool.name)} onClick={() => onTry(tool)}>
          {text.try}
        </Button>
      )}
    </li>
  );
}

function Facts({ agent }: { agent: PluginAgent }) {
  const facts = [
    { label: text.seen, value: <Time value={agent.last_seen} /> },
    { label: text.latency, value: agent.milliseconds === null ? "–" : `${String(agent.milliseconds)} ms` },
    { label: text.works, value: agent.running + agent.waiting > 0 ? text.busy(agent.running, agent.waiting) : text.idle },
  ];
  return (
    <dl className="flex flex-wrap gap-x-6 gap-y-1 text-xs text-fg-muted tabular-nums">
      {facts.map((fact) => (
        <div key={fact.label} className="flex gap-1.5">
          <dt>{fact.label}</dt>
          <dd className="text-fg">{fact.value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** One connected agent: where it runs, how it does, what it offers. */
export function AgentCard({ agent, onTry }: { agent: PluginAgent; onTry: (tool: AgentTool) => void }) {
  const id = useId();
  const left = Object.entries(agent.left_out);
  return (
    <li aria-labelledby={id} className="grid min-w-0 gap-3 rounded-lg border border-line p-4">
      <div className="flex flex-wrap items-center gap-2">
        <Laptop className="size-4 shrink-0 text-good" aria-hidden />
        <h2 id={id} className="text-sm font-semibold break-all">
          {agent.host ?? text.unknownHost}
        </h2>
        <Badge tone="accent">{agent.label}</Badge>
        <span className="text-xs text-fg-muted">{agent.version?.replace("/", " ") ?? text.official}</span>
      </div>
      <Facts agent={agent} />
      <Disclosure label={text.tools(agent.tools.length)} open>
        <ul aria-label={text.tools(agent.tools.length)} className="rounded-lg border border-line">
          {agent.tools.map((tool) => (
            <ToolRow key={tool.name} tool={tool} onTry={onTry} />
          ))}
        </ul>
      </Disclosure>
      {left.length > 0 && (
        <Disclosure label={text.left(left.length)}>
          <ul className="grid gap-1 text-xs text-fg-muted">
            {left.map(([name, why]) => (
              <li key={name}>
                <code className="font-mono">{name}</code>: {why}
              </li>
            ))}
          </ul>
        </Disclosure>
      )}
    </li>
  );
}
