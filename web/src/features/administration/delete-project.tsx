import { useNavigate } from "@tanstack/react-router";
import { Trash2 } from "lucide-react";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";

import { useDeleteProject, type ProjectDetail } from "./project-queries";
import { text } from "./project-text";

/** Nothing brings a project back, so its name has to be typed. */
export function DeleteProject({ project }: { project: ProjectDetail }) {
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const [typed, setTyped] = useState("");
  const remove = useDeleteProject(project.name);
  const onOpenChange = (open: boolean) => {
    remove.reset();
    setTyped("");
    setAsking(open);
  };
  return (
    <>
      <Button className="justify-self-start" onClick={() => onOpenChange(true)}>
        <Trash2 /> {text.delete}
      </Button>
      <Confirm
        open={asking}
        onOpenChange={onOpenChange}
        title={text.deleteTitle(project.display_name ?? project.name)}
        consequence={text.deleteConsequence}
        action={text.delete}
        busy={remove.isPending || typed !== project.name}
        error={remove.error}
        onConfirm={() => remove.mutate(undefined, { onSuccess: () => void navigate({ to: "/administration/projects" }) })}
      >
        <Field label={text.typeName(project.name)}>
          {(field) => <Input {...field} autoComplete="off" value={typed} onChange={(event) => setTyped(event.target.value)} />}
        </Field>
      </Confirm>
    </>
  );
}
