import { RadioGroup as Radix } from "radix-ui";
import { useId } from "react";

import { cn } from "@/lib/cn";

interface RadioCardsProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  options: readonly { value: string; label: string; hint?: string; disabled?: boolean }[];
}

/** One of a few choices that each need a sentence. */
export function RadioCards({ label, value, onChange, options }: RadioCardsProps) {
  const id = useId();
  return (
    <Radix.Root aria-label={label} value={value} onValueChange={onChange} className={cn("grid gap-2", options.length === 3 ? "sm:grid-cols-3" : "sm:grid-cols-2")}>
      {options.map((option) => (
        <Radix.Item
          key={option.value}
          value={option.value}
          disabled={option.disabled}
          aria-labelledby={`${id}-${option.value}`}
          aria-describedby={option.hint ? `${id}-${option.value}-note` : undefined}
          className={cn(
            "group flex items-start gap-2.5 rounded-lg border border-line bg-bg p-3 text-left hover:border-line-strong disabled:opacity-50",
            "data-[state=checked]:border-accent data-[state=checked]:bg-accent-soft",
          )}
        >
          <span className="mt-0.5 grid size-4 shrink-0 place-items-center rounded-full border border-line-strong group-data-[state=checked]:border-accent-text">
            <Radix.Indicator className="size-2 rounded-full bg-accent-text" />
          </span>
          <span className="grid">
            <span id={`${id}-${option.value}`} className="text-[13px] font-medium">
              {option.label}
            </span>
            {option.hint && (
              <span id={`${id}-${option.value}-note`} className="text-xs text-fg-muted">
                {option.hint}
              </span>
            )}
          </span>
        </Radix.Item>
      ))}
    </Radix.Root>
  );
}
