import { useQuery } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";

import { FormFoot } from "@/components/form-foot";
import { SearchPicker } from "@/components/search-picker";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";

import { projectsQuery } from "./project-queries";
import { ROLE_OPTIONS } from "./role-options";
import { useMembershipChange, type UserDetail } from "./user-queries";
import { text } from "./user-text";

export function AddToProject({ user, onClose }: { user: UserDetail; onClose: () => void }) {
  const [search, setSearch] = useState("");
  const { data } = useQuery(projectsQuery({ search, kind: "shared" }));
  const [project, setProject] = useState("");
  const [role, setRole] = useState("member");
  const add = useMembershipChange(user.id);
  const own = new Set(user.projects.map(({ name }) => name));
  const items = data?.data.map((row) => ({
    value: row.name,
    label: row.display_name ?? row.name,
    ...(row.description && { note: row.description }),
    blocked: own.has(row.name) ? text.member : undefined,
  }));
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (project) add.mutate({ kind: "add", project, admin: role === "admin" }, { onSuccess: onClose });
  };
  return (
    <Dialog open onOpenChange={onClose} title={text.addProjectTitle(user.name || user.username)}>
      <form noValidate onSubmit={onSubmit} className="grid gap-4">
        <SearchPicker
          label={text.chooseProject}
          items={items}
          chosen={new Set([project])}
          empty={text.noProjectFound}
          onSearch={setSearch}
          onToggle={(item) => setProject(item.value)}
        />
        <Field label={text.memberRole}>{(field) => <Select id={field.id} value={role} onChange={setRole} options={ROLE_OPTIONS} />}</Field>
        <FormFoot action={text.add} busy={text.adding} mutation={add} failed={text.addFailed} disabled={!project} />
      </form>
    </Dialog>
  );
}
