import { useState, type SyntheticEvent } from "react";

import { FormFoot } from "@/components/form-foot";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";

import { useAddMembers, type ProjectDetail } from "./project-queries";
import { text } from "./project-text";
import { ROLE_OPTIONS } from "./role-options";
import { UserPicker, type PickedUser } from "./user-picker";

export function AddMembers({ project, onClose }: { project: ProjectDetail; onClose: () => void }) {
  const [chosen, setChosen] = useState<PickedUser[]>([]);
  const [role, setRole] = useState("member");
  const add = useAddMembers(project.name);
  const blocked = new Map(project.members.map(({ user_id }) => [user_id, text.alreadyMember]));
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (chosen.length === 0) return;
    add.mutate(
      chosen.map(({ id }) => ({ user_id: id, is_project_admin: role === "admin" })),
      { onSuccess: onClose },
    );
  };
  return (
    <Dialog open onOpenChange={onClose} title={text.addTitle(project.display_name ?? project.name)} description={text.addText}>
      <form noValidate onSubmit={onSubmit} className="grid gap-4">
        <div className="grid gap-1.5">
          <UserPicker label={text.findPeople} chosen={chosen} onChange={setChosen} blocked={blocked} />
          <p role="status" className="text-xs text-fg-muted">
            {text.chosenCount(chosen.length)}
            {chosen.length > 0 && `: ${chosen.map(({ name }) => name).join(", ")}`}
          </p>
        </div>
        <Field label={text.as}>{(field) => <Select id={field.id} value={role} onChange={setRole} options={ROLE_OPTIONS} />}</Field>
        <FormFoot
          action={text.addAction(chosen.length)}
          busy={text.adding}
          mutation={add}
          failed={text.addFailed}
          disabled={chosen.length === 0}
        />
      </form>
    </Dialog>
  );
}
