import { Confirm } from "@/components/ui/confirm";

import { useFinishConversations } from "./conversations-queries";
import { text } from "./conversations-text";

interface FinishConversationsProps {
  ids: readonly string[];
  onClose: () => void;
  /** Told how many were not there any more. */
  onDone: (gone: number) => void;
}

export function FinishConversations({ ids, onClose, onDone }: FinishConversationsProps) {
  const finish = useFinishConversations();
  return (
    <Confirm
      open
      onOpenChange={onClose}
      title={text.finishTitle(ids.length)}
      consequence={text.finishText}
      action={text.finish}
      busy={finish.isPending}
      error={finish.error}
      onConfirm={() => finish.mutate(ids, { onSuccess: onDone })}
    />
  );
}
