import type { ReactNode } from "react";

import { CARD } from "./signed-out-frame";

/** How something ended, told to everybody alike: also to who cannot see that the form is gone. */
export function AccountNotice({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div role="status" className={CARD}>
      <p className="font-medium">{title}</p>
      <p className="text-[13px] text-fg-muted">{children}</p>
    </div>
  );
}
