import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";

import { anchorFrom, anchorText, type Anchor } from "./branches";
import { dismissRun } from "./runs";

/** The branch that the address names. */
export function useChosenBranch(): Anchor | null {
  const { branch } = useSearch({ from: "/app/chat" });
  return useMemo(() => anchorFrom(branch), [branch]);
}

/** Shows the branch through a version, or the one in which something was said last. */
export function useChooseBranch(conversationId: string): (anchor: Anchor | null) => void {
  const navigate = useNavigate();
  return useCallback(
    (anchor) => {
      dismissRun(conversationId);
      void navigate({
        to: ".",
        search: ({ compare: _compare, branch: _branch, turn, ...rest }) => ({
          ...rest,
          // A page that was opened at a turn would else jump to its end.
          ...(turn === undefined ? {} : { turn: anchor?.index ?? turn }),
          ...(anchor ? { branch: anchorText(anchor) } : {}),
        }),
        replace: true,
      });
    },
    [navigate, conversationId],
  );
}
