import { Confirm } from "@/components/ui/confirm";

import { useDeleteAssistant } from "./queries";
import { text } from "./text";

interface DeleteAssistantProps {
  assistant: { id: string; name: string };
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onDeleted?: () => void;
}

export function DeleteAssistant({ assistant, open, onOpenChange, onDeleted }: DeleteAssistantProps) {
  const remove = useDeleteAssistant();
  const confirm = () =>
    remove.mutate(assistant.id, {
      onSuccess: () => {
        onOpenChange(false);
        onDeleted?.();
      },
    });
  return (
    <Confirm
      open={open}
      onOpenChange={onOpenChange}
      title={text.removeTitle(assistant.name)}
      consequence={text.removeText}
      action={text.removeAction}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={confirm}
    />
  );
}
