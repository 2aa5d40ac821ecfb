import { Check } from "lucide-react";
import { useId } from "react";

import { cn } from "@/lib/cn";

interface ToggleChipsProps {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  choices: readonly { value: string; label: string }[];
  value: readonly string[];
  onChange: (value: string[]) => void;
  /** How many may be chosen; the others are locked then. */
  most?: number;
}

/** Several of a known set, all in sight. */
export function ToggleChips({ label, hint, error, choices, value, onChange, most = Infinity }: ToggleChipsProps) {
  const id = useId();
  const note = error ?? hint;
  const unknown = value.filter((one) => !choices.some((choice) => choice.value === one)).map((one) => ({ value: one, label: one }));
  return (
    <div role="group" aria-labelledby={id} aria-describedby={note ? `${id}-note` : undefined} className="grid gap-1.5">
      <p id={id} className="text-[13px] font-medium">
        {label}
      </p>
      <div className="flex flex-wrap gap-1.5">
        {[...choices, ...unknown].map((choice) => {
          const on = value.includes(choice.value);
          return (
            <button
              key={choice.value}
              type="button"
              aria-pressed={on}
              disabled={!on && value.length >= most}
              onClick={() => onChange(on ? value.filter((other) => other !== choice.value) : [...value, choice.value])}
              className={cn(
                "inline-flex h-7 items-center gap-1 rounded-full border px-2.5 text-xs font-medium disabled:text-fg-faint disabled:hover:border-line",
                on ? "border-accent/40 bg-accent-soft text-accent-text" : "border-line text-fg-muted hover:border-line-strong hover:text-fg",
              )}
            >
              {on && <Check className="size-3" aria-hidden />} {choice.label}
            </button>
          );
        })}
      </div>
      {note && (
        <p id={`${id}-note`} className={error ? "text-xs text-bad" : "text-xs text-fg-muted"}>
          {note}
        </p>
      )}
    </div>
  );
}
