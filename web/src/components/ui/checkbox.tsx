import { Check, Minus } from "lucide-react";
import { Checkbox as Radix } from "radix-ui";
import type { ComponentProps } from "react";

import { cn } from "@/lib/cn";

/** A square of 16 px inside a target of 24. */
export function Checkbox({ className, ...props }: ComponentProps<typeof Radix.Root>) {
  return (
    <Radix.Root className={cn("group grid size-6 shrink-0 place-items-center disabled:opacity-40", className)} {...props}>
      <span className="grid size-4 place-items-center rounded-[4px] border border-line-strong bg-bg text-accent-fg group-hover:border-accent group-data-[state=checked]:border-accent group-data-[state=checked]:bg-accent group-data-[state=indeterminate]:border-accent group-data-[state=indeterminate]:bg-accent">
        <Radix.Indicator>{props.checked === "indeterminate" ? <Minus className="size-3" /> : <Check className="size-3" />}</Radix.Indicator>
      </span>
    </Radix.Root>
  );
}
