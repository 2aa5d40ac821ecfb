import { Slot } from "radix-ui";
import type { ReactNode } from "react";

export type Side = "top" | "right" | "bottom" | "left";

interface TooltipProps {
  content: string;
  children: ReactNode;
  side?: Side;
}

/** Says more of an element on hover and on keyboard focus. `TooltipHost` shows it: one for all, so that many cost nothing. */
export function Tooltip({ content, children, side = "bottom" }: TooltipProps) {
  return (
    <Slot.Root data-tip={content} data-tip-side={side}>
      {children}
    </Slot.Root>
  );
}
