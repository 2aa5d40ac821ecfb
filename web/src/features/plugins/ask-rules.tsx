import { Plus, X } from "lucide-react";
import { useId } from "react";

import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";

import type { Ask, Rights } from "./queries";
import { RuleProblem } from "./rule-problem";
import { text } from "./text";

type Rules = NonNullable<Rights["asks"]>;
const OPTIONS = (["never", "writes", "always"] as const).map((value) => ({ value, label: text.asks[value] }));

interface AskRulesProps {
  rules: Rules;
  /** What the server refused, by `<place>.<field>`. */
  problems: Readonly<Record<string, string>>;
  onChange: (rules: Rules) => void;
}

/** When a person is asked about single tools. */
export function AskRules({ rules, problems, onChange }: AskRulesProps) {
  const id = useId();
  const patch = (at: number, change: Partial<Rules[number]>) => onChange(rules.map((rule, place) => (place === at ? { ...rule, ...change } : rule)));
  return (
    <div role="group" aria-label={text.askRules} className="grid gap-2">
      <p className="text-[13px] font-medium">
        {text.askRules} <span className="text-xs font-normal text-fg-muted">{text.askRulesHint}</span>
      </p>
      {rules.map((rule, at) => (
        <div key={at} className="grid grid-cols-[minmax(0,1fr)_10rem_auto] gap-2">
          <Input
            aria-label={text.toolOf(at + 1)}
            aria-invalid={problems[`${String(at)}.tool`] ? true : undefined}
            aria-describedby={problems[`${String(at)}.tool`] ? `${id}-${String(at)}` : undefined}
            placeholder={text.toolHint}
            spellCheck={false}
            className="font-mono text-xs"
            value={rule.tool}
            onChange={(event) => patch(at, { tool: event.target.value })}
          />
          <Select label={text.askOf(at + 1)} value={rule.ask} options={OPTIONS} onChange={(ask) => patch(at, { ask: ask as Ask })} />
          <IconButton label={text.removeRule(at + 1)} onClick={() => onChange(rules.filter((_, place) => place !== at))}>
            <X />
          </IconButton>
          <RuleProblem id={`${id}-${String(at)}`} problems={[problems[`${String(at)}.tool`]]} />
        </div>
      ))}
      <Button className="justify-self-start" onClick={() => onChange([...rules, { tool: "", ask: "always" }])}>
        <Plus /> {text.addAskRule}
      </Button>
    </div>
  );
}
