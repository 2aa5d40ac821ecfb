import { Switch as Radix } from "radix-ui";
import type { ComponentProps } from "react";

export function Switch(props: ComponentProps<typeof Radix.Root>) {
  return (
    <Radix.Root
      className="inline-flex h-6 w-10 shrink-0 items-center rounded-full border border-line-strong bg-muted p-0.5 transition-colors duration-100 disabled:opacity-50 data-[state=checked]:border-accent data-[state=checked]:bg-accent"
      {...props}
    >
      <Radix.Thumb className="block size-4.5 rounded-full bg-line-strong transition-transform duration-100 data-[state=checked]:translate-x-4 data-[state=checked]:bg-accent-fg" />
    </Radix.Root>
  );
}
