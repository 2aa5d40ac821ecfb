import { AlertDialog as Radix } from "radix-ui";
import type { ReactNode } from "react";

import { ErrorNote } from "@/components/error-note";

import { Button } from "./button";
import { useReturnFocus } from "./return-focus";

interface ConfirmProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  consequence: ReactNode;
  action: string;
  busy: boolean;
  error: unknown;
  onConfirm: () => void;
  /** What has to be done before, such as typing the name. */
  children?: ReactNode;
}

/** Asks before something is destroyed: names the thing and what depends on it. */
export function Confirm({ open, onOpenChange, title, consequence, action, busy, error, onConfirm, children }: ConfirmProps) {
  const returnFocus = useReturnFocus(open);
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-[oklch(0_0_0/0.4)]" />
        <Radix.Content
          onCloseAutoFocus={returnFocus}
          className="fixed top-1/2 left-1/2 z-50 grid w-[calc(100vw-2rem)] max-w-md -translate-x-1/2 -translate-y-1/2 gap-4 rounded-lg border border-line bg-raised p-5"
        >
          <div className="grid gap-1.5">
            <Radix.Title className="text-base font-semibold break-words">{title}</Radix.Title>
            <Radix.Description className="text-sm text-fg-muted">{consequence}</Radix.Description>
          </div>
          {children}
          {error !== null && error !== undefined && <ErrorNote error={error} />}
          <div className="flex justify-end gap-2">
            <Radix.Cancel asChild>
              <Button>Cancel</Button>
            </Radix.Cancel>
            <Button look="danger" disabled={busy} onClick={onConfirm}>
              {action}
            </Button>
          </div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
