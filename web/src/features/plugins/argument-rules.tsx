import { Plus, X } from "lucide-react";

import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { Input } from "@/components/ui/input";

import type { Rights } from "./queries";
import { text } from "./text";

type Rules = NonNullable<Rights["arguments"]>;
type Rule = Rules[number];

const FIELDS = [
  { name: "tool", label: text.toolOfPattern, hint: text.toolHint },
  { name: "argument", label: text.argumentOf, hint: text.argumentHint },
  { name: "pattern", label: text.patternOf, hint: text.patternHint },
] as const satisfies readonly { name: keyof Rule; label: (place: number) => string; hint: string }[];

/** What arguments of tools must look like. */
export function ArgumentRules({ rules, onChange }: { rules: Rules; onChange: (rules: Rules) => void }) {
  const patch = (at: number, change: Partial<Rule>) => onChange(rules.map((rule, place) => (place === at ? { ...rule, ...change } : rule)));
  return (
    <div role="group" aria-label={text.argumentRules} className="grid gap-2">
      {rules.map((rule, at) => (
        <div key={at} className="grid gap-2 rounded-lg border border-line p-2 sm:grid-cols-[1fr_1fr_2fr_auto] sm:border-0 sm:p-0">
          {FIELDS.map(({ name, label, hint }) => (
            <Input
              key={name}
              aria-label={label(at + 1)}
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
        </div>
      ))}
      <Button className="justify-self-start" onClick={() => onChange([...rules, { tool: "", argument: "", pattern: "" }])}>
        <Plus /> {text.addArgumentRule}
      </Button>
    </div>
  );
}
