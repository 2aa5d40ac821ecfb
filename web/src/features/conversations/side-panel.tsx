import { useEffect, type ReactNode } from "react";

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
  useEffect(() => {
    if (!wide) return;
    const onKey = (event: KeyboardEvent) => {
      // In a field the key belongs to the field: it stops a reply, or ends an edit.
      if (event.key !== "Escape" || event.defaultPrevented || (event.target instanceof Element && event.target.matches("input, textarea, select"))) return;
      if (!document.querySelector("[role=dialog], [role=alertdialog], [role=menu]")) onClose();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [wide, onClose]);
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
