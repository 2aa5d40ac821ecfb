import { useState, type SyntheticEvent } from "react";

import { FormFoot } from "@/components/form-foot";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";

import { useTransferOwnership, type ProjectDetail } from "./project-queries";
import { text } from "./project-text";
import { UserPicker, type PickedUser } from "./user-picker";

function ownerOf({ created_by: owner, members }: ProjectDetail): string {
  if (!owner) return text.noOwner;
  const member = members.find(({ user_id }) => user_id === owner);
  return text.ownerIs(member ? member.name || member.email : text.unknownOwner);
}

function TransferDialog({ project, onClose }: { project: ProjectDetail; onClose: () => void }) {
  const [chosen, setChosen] = useState<PickedUser[]>([]);
  const transfer = useTransferOwnership(project.name);
  const [next] = chosen;
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (next) transfer.mutate(next.id, { onSuccess: onClose });
  };
  const blocked = new Map(project.created_by ? [[project.created_by, text.owner]] : []);
  return (
    <Dialog open onOpenChange={onClose} title={text.transferTitle(project.display_name ?? project.name)} description={text.transferText}>
      <form noValidate onSubmit={onSubmit} className="grid gap-4">
        <UserPicker single label={text.findPeople} chosen={chosen} onChange={setChosen} blocked={blocked} />
        <FormFoot action={text.transferAction} busy={text.transferring} mutation={transfer} failed={text.transferFailed} disabled={!next} />
      </form>
    </Dialog>
  );
}

export function TransferOwnership({ project }: { project: ProjectDetail }) {
  const [open, setOpen] = useState(false);
  return (
    <div className="flex flex-wrap items-center justify-between gap-3">
      <p className="text-sm">{ownerOf(project)}</p>
      <Button onClick={() => setOpen(true)}>{text.transfer}</Button>
      {open && <TransferDialog project={project} onClose={() => setOpen(false)} />}
    </div>
  );
}
