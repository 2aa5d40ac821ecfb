import { GitBranch } from "lucide-react";

import { Button } from "@/components/ui/button";

import { text } from "./text";

interface EarlierBranchProps {
  closed: boolean;
  onLeave: () => void;
}

/** Tells that the reader left the branch in which something was said last, and leads back there. */
export function EarlierBranch({ closed, onLeave }: EarlierBranchProps) {
  return (
    <div role="status" className="mb-1 flex flex-wrap items-center gap-x-1.5 px-1 text-[13px] text-fg-muted">
      <GitBranch className="size-3.5" aria-hidden />
      {closed ? text.earlierBranchClosed : text.earlierBranch}
      <Button look="ghost" size="sm" onClick={onLeave}>
        {text.latestBranch}
      </Button>
    </div>
  );
}
