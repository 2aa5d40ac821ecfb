import { useSuspenseQuery, type UseMutationResult } from "@tanstack/react-query";
import { useState } from "react";

import { FormFoot } from "@/components/form-foot";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";

import { ProjectField } from "./project-field";
import { defaultProject, sessionQuery } from "./queries";

export interface Brought {
  file: File;
  project: string;
}

interface ImportIntoProjectProps<Made> {
  text: { importTitle: string; importText: string; importFile: string; importAction: string; importing: string; importFailed: string; project: string };
  /** Endings of files, as an input takes them. */
  accept: string;
  mutation: UseMutationResult<Made, Error, Brought>;
  onMade: (made: Made) => void;
  onClose: () => void;
}

/** Makes something of a file in a project of one's own. */
export function ImportIntoProject<Made>({ text, accept, mutation, onMade, onClose }: ImportIntoProjectProps<Made>) {
  const { data: user } = useSuspenseQuery(sessionQuery);
  const [project, setProject] = useState(defaultProject(user));
  const [file, setFile] = useState<File | null>(null);
  return (
    <Dialog open onOpenChange={onClose} title={text.importTitle} description={text.importText}>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (file) mutation.mutate({ file, project }, { onSuccess: onMade });
        }}
      >
        <Field label={text.importFile}>
          {(field) => (
            <Input
              {...field}
              type="file"
              accept={accept}
              className="h-auto py-1.5"
              onChange={(event) => {
                mutation.reset();
                setFile(event.target.files?.[0] ?? null);
              }}
            />
          )}
        </Field>
        <ProjectField label={text.project} value={project} onChange={setProject} />
        <FormFoot action={text.importAction} busy={text.importing} mutation={mutation} failed={text.importFailed} disabled={!file} />
      </form>
    </Dialog>
  );
}
