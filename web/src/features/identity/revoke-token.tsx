import { Confirm } from "@/components/ui/confirm";
import { relativeTime } from "@/lib/format";

import { useRevokeToken, type Token } from "./queries";
import { text } from "./text";

export function RevokeToken({ token, onClose }: { token: Token; onClose: () => void }) {
  const revoke = useRevokeToken();
  return (
    <Confirm
      open
      onOpenChange={onClose}
      title={text.revokeTitle(token.name)}
      consequence={text.revokeText(token.last_used_at && relativeTime(token.last_used_at))}
      action={text.revokeAction}
      busy={revoke.isPending}
      error={revoke.error}
      onConfirm={() => revoke.mutate(token.id, { onSuccess: onClose })}
    />
  );
}
