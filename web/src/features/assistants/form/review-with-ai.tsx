import { Sparkles } from "lucide-react";
import { useId, useState } from "react";

import { AskDialog } from "@/components/ask-dialog";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";

import type { FormState } from "../draft";
import { useReviewAssistant, type Advice, type Review } from "../drafting";
import { text } from "../form-text";

type Field = "name" | "description" | "system_prompt" | "conversation_starters" | "categories";
const isList = (field: Field) => field === "conversation_starters" || field === "categories";
const FIELDS = new Set<string>(Object.keys(text.ai.fields));

/** The advice that says to change something, newest wording of each field. */
function usable(review: Review): (Advice & { name: Field })[] {
  return (review.fields ?? []).filter((advice): advice is Advice & { name: Field } => FIELDS.has(advice.name) && advice.action !== "keep");
}

/** What an applied advice makes of its field. */
export function changeOf({ name, action, recommended }: Advice & { name: Field }): Partial<FormState> {
  if (isList(name)) {
    const lines = Array.isArray(recommended) ? recommended : (recommended ?? "").split("\n");
    const listed = lines.map((line) => line.replace(/^\s*[-*]\s+/, "").trim()).filter(Boolean);
    return { [name]: action === "delete" ? [] : listed };
  }
  const whole = Array.isArray(recommended) ? recommended.join("\n") : (recommended ?? "");
  return { [name]: action === "delete" ? "" : whole };
}

function AdviceRow({ advice, taken, onToggle }: { advice: Advice & { name: Field }; taken: boolean; onToggle: () => void }) {
  const id = useId();
  const label = text.ai.fields[advice.name] ?? advice.name;
  const wording = Array.isArray(advice.recommended) ? advice.recommended.join("\n") : advice.recommended;
  return (
    <li className="flex items-start gap-2 border-t border-line p-3 first:border-t-0">
      <Checkbox id={id} aria-label={text.ai.take(label)} checked={taken} onCheckedChange={onToggle} />
      <div className="grid min-w-0 flex-1 gap-1">
        <label htmlFor={id} className="flex items-center gap-2 text-[13px] font-medium">
          {label} {advice.severity === "critical" && <Badge tone="warn">{text.ai.critical}</Badge>}
        </label>
        {advice.reason && <p className="text-[13px] text-fg-muted">{advice.reason}</p>}
        {wording && <p className="line-clamp-6 rounded-md bg-subtle px-2 py-1 text-[13px] whitespace-pre-wrap">{wording}</p>}
      </div>
    </li>
  );
}

function AdviceList({ review, onApply }: { review: Review; onApply: (change: Partial<FormState>) => void }) {
  const advice = usable(review);
  const [taken, setTaken] = useState(() => new Set(advice.filter(({ severity }) => severity === "critical").map(({ name }) => name)));
  if (advice.length === 0) return <p className="text-[13px] text-fg-muted">{text.ai.fine}</p>;
  const toggle = (name: Field) => {
    const next = new Set(taken);
    if (!next.delete(name)) next.add(name);
    setTaken(next);
  };
  const apply = () => onApply(Object.assign({}, ...advice.filter(({ name }) => taken.has(name)).map(changeOf)) as Partial<FormState>);
  return (
    <div className="grid gap-3">
      <ul className="max-h-[45dvh] overflow-y-auto rounded-lg border border-line">
        {advice.map((item, index) => (
          <AdviceRow key={index} advice={item} taken={taken.has(item.name)} onToggle={() => toggle(item.name)} />
        ))}
      </ul>
      <div className="flex justify-end">
        <Button look="primary" disabled={taken.size === 0} onClick={apply}>
          {text.ai.apply(taken.size)}
        </Button>
      </div>
    </div>
  );
}

/** Has a model read the form and say what it would change; the person takes what convinces. */
export function ReviewWithAi({ form, onApply }: { form: FormState; onApply: (change: Partial<FormState>) => void }) {
  const [open, setOpen] = useState(false);
  const review = useReviewAssistant();
  const close = () => {
    setOpen(false);
    review.reset();
  };
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <Sparkles /> {text.ai.review}
      </Button>
      <AskDialog
        open={open}
        onOpenChange={close}
        title={text.ai.reviewTitle}
        description={text.ai.reviewText}
        label={text.ai.reviewLabel}
        action={text.ai.reviewAction}
        busy={text.ai.reviewing}
        failed={text.ai.reviewFailed}
        optional
        mutation={review}
        onAsk={(wish) => review.mutate({ form, wish })}
      >
        {review.data && (
          <AdviceList
            review={review.data}
            onApply={(change) => {
              onApply(change);
              close();
            }}
          />
        )}
      </AskDialog>
    </>
  );
}
