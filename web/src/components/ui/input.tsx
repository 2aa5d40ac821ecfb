import type { ComponentProps } from "react";

import { cn } from "@/lib/cn";

const field =
  "w-full rounded-md border border-line-strong/60 bg-bg text-sm text-fg placeholder:text-fg-faint hover:border-line-strong disabled:opacity-60 aria-invalid:border-bad focus-visible:border-accent focus-visible:outline-offset-0 focus-visible:outline-accent";

export function Input({ className, ...props }: ComponentProps<"input">) {
  return <input className={cn(field, "h-8 px-2.5", className)} {...props} />;
}

export function Textarea({ className, ...props }: ComponentProps<"textarea">) {
  return <textarea className={cn(field, "min-h-20 px-2.5 py-1.5 leading-relaxed", className)} {...props} />;
}
