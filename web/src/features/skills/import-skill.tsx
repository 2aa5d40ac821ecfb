import { useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { request } from "@/api/client";
import type { Schemas } from "@/api/schema";
import { FormFoot } from "@/components/form-foot";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { defaultProject, sessionQuery } from "@/features/identity/queries";

import { useSkillMutation, type Skill } from "./queries";
import { base64 } from "./skill-draft";
import { text } from "./text";

/** An archive is looked into by the server and then created like any skill; a Markdown file is imported as it is. */
async function bringIn({ file, project }: { file: File; project: string }): Promise<Skill> {
  if (file.name.toLowerCase().endsWith(".zip")) {
    const form = new FormData();
    form.set("file", file);
    const found = await request<Schemas["BundlePreview"]>("/skills/import-bundle-preview", { method: "POST", form });
    const files = found.companion_files.map(({ path, content, mime_type, encoding }) => ({ path, content, mime_type, encoding }));
    return request<Skill>("/skills", { method: "POST", json: { ...found, project, companion_files: files } });
  }
  const content = base64(new Uint8Array(await file.arrayBuffer()));
  return request<Skill>("/skills/import", { method: "POST", json: { file_content: content, filename: file.name, project } });
}

export function ImportSkill({ onClose }: { onClose: () => void }) {
  const { data: user } = useSuspenseQuery(sessionQuery);
  const navigate = useNavigate();
  const [project, setProject] = useState(defaultProject(user));
  const [file, setFile] = useState<File | null>(null);
  const bring = useSkillMutation(bringIn);
  const submit = () => {
    if (!file) return;
    bring.mutate({ file, project }, { onSuccess: (skill) => void navigate({ to: "/skills/$skillId", params: { skillId: skill.id } }) });
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
              accept=".md,.markdown,.zip"
              className="h-auto py-1.5"
              onChange={(event) => {
                bring.reset();
                setFile(event.target.files?.[0] ?? null);
              }}
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
