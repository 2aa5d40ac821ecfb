import { useId, useState } from "react";

import type { Schemas } from "@/api/schema";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";

export type Review = Schemas["Recommendations"];
export type Advice = NonNullable<Review["fields"]>[number];

const text = {
  fine: "Nothing to change.",
  critical: "Important",
  apply: (count: number) => (count === 1 ? "Apply 1 change" : `Apply ${count} changes`),
  take: (field: string) => `Apply the change of ${field}`,
};

/** What an advice wants in a field of one text. */
export function wordsOf({ action, recommended }: Advice): string {
  if (action === "delete") return "";
  return Array.isArray(recommended) ? recommended.join("\n") : (recommended ?? "");
}

/** What an advice wants in a field of several texts. */
export function linesOf(advice: Advice): string[] {
  return wordsOf(advice)
    .split("\n")
    .map((line) => line.replace(/^\s*[-*]\s+/, "").trim())
    .filter(Boolean);
}

function AdviceRow({ advice, label, taken, onToggle }: { advice: Advice; label: string; taken: boolean; onToggle: () => void }) {
  const id = useId();
  const wording = Array.isArray(advice.recommended) ? advice.recommended.join("\n") : advice.recommended;
  return (
    <li className="flex items-start gap-2 border-t border-line p-3 first:border-t-0">
      <Checkbox id={id} aria-label={text.take(label)} checked={taken} onCheckedChange={onToggle} />
      <div className="grid min-w-0 flex-1 gap-1">
        <label htmlFor={id} className="flex items-center gap-2 text-[13px] font-medium">
          {label} {advice.severity === "critical" && <Badge tone="warn">{text.critical}</Badge>}
        </label>
        {advice.reason && <p className="text-[13px] text-fg-muted">{advice.reason}</p>}
        {wording && <p className="line-clamp-6 rounded-md bg-subtle px-2 py-1 text-[13px] whitespace-pre-wrap">{wording}</p>}
      </div>
    </li>
  );
}

interface AdviceListProps {
  review: Review;
  /** Names of the fields that can be changed; advice on others is left out. */
  fields: Readonly<Record<string, string>>;
  onApply: (taken: Advice[]) => void;
}

/** What a model would change, field by field; the person takes what convinces, what is important is ticked. */
export function AdviceList({ review, fields, onApply }: AdviceListProps) {
  const advice = (review.fields ?? []).filter(({ name, action }) => name in fields && action !== "keep");
  const [taken, setTaken] = useState(() => new Set(advice.filter(({ severity }) => severity === "critical").map(({ name }) => name)));
  if (advice.length === 0) return <p className="text-[13px] text-fg-muted">{text.fine}</p>;
  const toggle = (name: string) => {
    const next = new Set(taken);
    if (!next.delete(name)) next.add(name);
    setTaken(next);
  };
  return (
    <div className="grid gap-3">
      <ul className="max-h-[45dvh] overflow-y-auto rounded-lg border border-line">
        {advice.map((item, index) => (
          <AdviceRow key={index} advice={item} label={fields[item.name] ?? item.name} taken={taken.has(item.name)} onToggle={() => toggle(item.name)} />
        ))}
      </ul>
      <div className="flex justify-end">
        <Button look="primary" disabled={taken.size === 0} onClick={() => onApply(advice.filter(({ name }) => taken.has(name)))}>
          {text.apply(taken.size)}
        </Button>
      </div>
    </div>
  );
}
