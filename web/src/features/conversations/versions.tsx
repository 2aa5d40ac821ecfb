import { ChevronLeft, ChevronRight } from "lucide-react";

import { IconButton } from "@/components/ui/icon-button";

import { text } from "./text";

export interface VersionSwitch {
  now: number;
  all: number;
  /** Absent while a reply is being written. */
  show?: ((version: number) => void) | undefined;
}

/** Goes through the versions of a message; what follows it goes along. The last step leaves the focus where it is. */
export function Versions({ now, all, show }: VersionSwitch) {
  const stepTo = (version: number) => {
    const open = show !== undefined && version >= 0 && version < all;
    return { "aria-disabled": !open, onClick: () => open && show(version), className: open ? undefined : "opacity-50 hover:bg-transparent" };
  };
  return (
    <div role="group" aria-label={text.variant(now + 1, all)} className="flex items-center text-xs text-fg-muted tabular-nums">
      <IconButton label={text.previousVariant} {...stepTo(now - 1)}>
        <ChevronLeft />
      </IconButton>
      {now + 1}/{all}
      <IconButton label={text.nextVariant} {...stepTo(now + 1)}>
        <ChevronRight />
      </IconButton>
    </div>
  );
}
