import { useQuery } from "@tanstack/react-query";

import { Confirm } from "@/components/ui/confirm";

import { sourceAssistantsQuery, useDeleteSource, type Source } from "./queries";
import { text } from "./text";

interface DeleteSourceProps {
  source: Source;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onDeleted: () => void;
}

export function DeleteSource({ source, open, onOpenChange, onDeleted }: DeleteSourceProps) {
  const remove = useDeleteSource();
  const { data: assistants = [] } = useQuery({ ...sourceAssistantsQuery(source.id), enabled: open });
  return (
    <Confirm
      open={open}
      onOpenChange={onOpenChange}
      title={text.removeTitle(source.repo_name)}
      consequence={text.removeText(assistants.map(({ name }) => name))}
      action={text.removeAction}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(source.id, { onSuccess: onDeleted })}
    />
  );
}
