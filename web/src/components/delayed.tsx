import type { ReactNode } from "react";

/** Shows a skeleton only when loading takes longer than 200 ms, so quick answers never flicker. */
export function Delayed({ children, label }: { children: ReactNode; label: string }) {
  return (
    <div role="status" aria-label={label} className="opacity-0 [animation:reveal_1ms_200ms_forwards]">
      {children}
    </div>
  );
}
