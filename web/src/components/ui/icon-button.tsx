import type { ComponentProps, ReactNode } from "react";

import { Button } from "./button";
import { Tooltip, type Side } from "./tooltip";

interface IconButtonProps extends ComponentProps<typeof Button> {
  label: string;
  children: ReactNode;
  side?: Side;
}

/** A button that shows only an icon: its label is read aloud and shown on hover and focus. */
export function IconButton({ label, side = "bottom", look = "ghost", size = "icon-sm", ...props }: IconButtonProps) {
  return (
    <Tooltip content={label} side={side}>
      <Button aria-label={label} look={look} size={size} {...props} />
    </Tooltip>
  );
}
