import { Check, ChevronDown } from "lucide-react";
import { Select as Radix } from "radix-ui";
import type { ReactNode } from "react";

import { cn } from "@/lib/cn";

export interface Option {
  value: string;
  label: string;
  note?: ReactNode;
}

interface SelectProps {
  value: string;
  onChange: (value: string) => void;
  options: readonly Option[];
  id?: string;
  label?: string;
  placeholder?: string;
  className?: string;
  describedBy?: string | undefined;
}

export function Select({ value, onChange, options, id, label, placeholder, className, describedBy }: SelectProps) {
  return (
    <Radix.Root value={value} onValueChange={onChange}>
      <Radix.Trigger
        id={id}
        aria-label={label}
        aria-describedby={describedBy}
        className={cn(
          "inline-flex h-8 w-full items-center justify-between gap-2 rounded-md border border-line-strong/60 bg-bg px-2.5 text-left text-sm hover:border-line-strong data-placeholder:text-fg-faint [&>span]:truncate",
          className,
        )}
      >
        <Radix.Value placeholder={placeholder} />
        <Radix.Icon>
          <ChevronDown className="size-4 text-fg-muted" />
        </Radix.Icon>
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          position="popper"
          sideOffset={4}
          className="z-50 max-h-(--radix-select-content-available-height) min-w-(--radix-select-trigger-width) overflow-hidden rounded-lg border border-line bg-raised [animation:var(--animate-in)]"
        >
          <Radix.Viewport className="p-1">
            {options.map((option) => (
              <Radix.Item
                key={option.value}
                value={option.value}
                className="flex min-h-8 cursor-default items-center gap-2 rounded-[5px] py-1 pr-2 pl-2 text-[13px] outline-none select-none data-highlighted:bg-muted"
              >
                <Radix.ItemText>{option.label}</Radix.ItemText>
                {option.note && <span className="text-xs text-fg-muted">{option.note}</span>}
                <Radix.ItemIndicator className="ml-auto">
                  <Check className="size-4" />
                </Radix.ItemIndicator>
              </Radix.Item>
            ))}
          </Radix.Viewport>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
