import { useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { FormFoot } from "@/components/form-foot";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { defaultProject, sessionQuery } from "@/features/identity/queries";

import { useImport } from "./detail-queries";
import { text } from "./text";

/** Makes an assistant from an exported file, and goes to it. */
export function ImportDialog({ onClose }: { onClose: () => void }) {
  const { data: user } = useSuspenseQuery(sessionQuery);
  const [project, setProject] = useState(defaultProject(user));
  const [file, setFile] = useState<File | null>(null);
  const bring = useImport();
  const navigate = useNavigate();
  const submit = () => {
    if (!file) return;
    bring.mutate(
      { file, project },
      { onSuccess: (made) => void navigate({ to: "/assistants/$assistantId", params: { assistantId: made.assistantId ?? "" } }) },
    );
  };
  return (
    <Dialog open onOpenChange={onClose} title={text.importTitle} description={text.importText}>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Field label={text.importFile}>
          {(field) => (
            <Input
              {...field}
              type="file"
              accept=".zip,.yaml,.yml"
              className="h-auto py-1.5"
              onChange={(event) => setFile(event.target.files?.[0] ?? null)}
            />
          )}
        </Field>
        {user.projects.length > 1 && (
          <Field label={text.project}>
            {(field) => (
              <Select
                id={field.id}
                value={project}
                onChange={setProject}
                options={user.projects.map(({ name, display_name }) => ({ value: name, label: display_name ?? name }))}
              />
            )}
          </Field>
        )}
        <FormFoot action={text.importAction} busy={text.importing} mutation={bring} failed={text.importFailed} disabled={!file} />
      </form>
    </Dialog>
  );
}
