import { Plus, X } from "lucide-react";
import { useId } from "react";

import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { Input } from "@/components/ui/input";

import type { Rights } from "./queries";
import { RuleProblem } from "./rule-problem";
import { text } from "./text";

type Rules = NonNullable<Rights["arguments"]>;
type Rule = Rules[number];

const FIELDS = [
  { name: "tool", label: text.toolOfPattern, hint: text.toolHint },
  { name: "argument", label: text.argumentOf, hint: text.argumentHint },
  { name: "pattern", label: text.patternOf, hint: text.patternHint },
] as const satisfies readonly { name: keyof Rule; label: (place: number) => string; hint: string }[];

interface ArgumentRulesProps {
  rules: Rules;
  /** What the server refused, by `<place>.<field>`. */
  problems: Readonly<Record<string, string>>;
  onChange: (rules: Rules) => void;
}

/** What arguments of tools must look like. */
export function ArgumentRules({ rules, problems, onChange }: ArgumentRulesProps) {
  const id = useId();
  const patch = (at: number, change: Partial<Rule>) => onChange(rules.map((rule, place) => (place === at ? { ...rule, ...change } : rule)));
  return (
    <div role="group" aria-label={text.argumentRules} className="grid gap-2">
      {rules.map((rule, at) => (
        <div key={at} className="grid gap-2 rounded-lg border border-line p-2 sm:grid-cols-[3fr_2fr_4fr_auto] sm:border-0 sm:p-0">
          {FIELDS.map(({ name, label, hint }) => (
            <Input
              key={name}
              aria-label={label(at + 1)}
              aria-invalid={problems[`${String(at)}.${name}`] ? true : undefined}
              aria-describedby={problems[`${String(at)}.${name}`] ? `${id}-${String(at)}` : undefined}
              placeholder={hint}
              spellCheck={false}
              className="font-mono text-xs"
              value={rule[name]}
              onChange={(event) => patch(at, { [name]: event.target.value })}
            />
          ))}
          <IconButton label={text.removePattern(at + 1)} onClick={() => onChange(rules.filter((_, place) => place !== at))}>
            <X />
          </IconButton>
          <RuleProblem id={`${id}-${String(at)}`} problems={FIELDS.map(({ name }) => problems[`${String(at)}.${name}`])} />
        </div>
      ))}
      <Button className="justify-self-start" onClick={() => onChange([...rules, { tool: "", argument: "", pattern: "" }])}>
        <Plus /> {text.addArgumentRule}
      </Button>
    </div>
  );
}
