import { useBlocker } from "@tanstack/react-router";

import { Confirm } from "@/components/ui/confirm";

/** Asks before a page with unsaved changes is left, also when the tab is closed. */
export function LeaveGuard({ dirty }: { dirty: () => boolean }) {
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => dirty() && current.pathname !== next.pathname,
    enableBeforeUnload: dirty,
    withResolver: true,
  });
  return (
    <Confirm
      open={blocker.status === "blocked"}
      onOpenChange={(open) => {
        if (!open) blocker.reset?.();
      }}
      title="Leave without saving?"
      consequence="What you changed on this page is not saved yet and will be lost."
      action="Leave"
      busy={false}
      error={null}
      onConfirm={() => blocker.proceed?.()}
    />
  );
}
