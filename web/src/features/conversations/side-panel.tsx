import type { ReactNode } from "react";

import { Sheet } from "@/components/ui/sheet";
import { useMediaQuery } from "@/lib/use-media-query";

interface SidePanelProps {
  label: string;
  onClose: () => void;
  children: ReactNode;
}

/** Details beside the chat; on a narrow screen, over it. */
export function SidePanel({ label, onClose, children }: SidePanelProps) {
  const wide = useMediaQuery("(min-width: 1100px)");
  if (wide) {
    return (
      <aside aria-label={label} className="w-[min(440px,36vw)] shrink-0 border-l border-line bg-bg">
        {children}
      </aside>
    );
  }
  return (
    <Sheet open onOpenChange={onClose} title={label} side="right">
      {children}
    </Sheet>
  );
}
