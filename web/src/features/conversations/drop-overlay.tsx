import { FileUp } from "lucide-react";
import { createPortal } from "react-dom";

import { text } from "./text";

/** Says, while files hover over the page, what letting them go will do. */
export function DropOverlay() {
  return createPortal(
    <div className="pointer-events-none fixed inset-0 z-50 grid place-items-center bg-bg/80 p-4">
      <p className="grid justify-items-center gap-2 rounded-lg border-2 border-dashed border-accent bg-raised px-12 py-8 text-sm font-medium">
        <FileUp className="size-7 text-accent-text" aria-hidden /> {text.dropHere}
      </p>
    </div>,
    document.body,
  );
}
