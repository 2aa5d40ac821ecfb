import { useNavigate } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";

import { BackLink } from "@/components/back-link";
import { FormFoot } from "@/components/form-foot";
import { Page } from "@/components/page";
import { Section } from "@/components/section";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";

import { FaceFields } from "./project-fields";
import { useCreateProject } from "./project-queries";
import { text } from "./project-text";

const NAME = /^[a-z0-9][a-z0-9_-]{2,99}$/;

export function CreateProjectPage() {
  const navigate = useNavigate();
  const [draft, setDraft] = useState({ name: "", display_name: "", description: "" });
  const [tried, setTried] = useState(false);
  const create = useCreateProject();
  const patch = (change: Partial<typeof draft>) => setDraft((now) => ({ ...now, ...change }));
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    setTried(true);
    if (!NAME.test(draft.name)) return;
    create.mutate(draft, {
      onSuccess: ({ name }) => void navigate({ to: "/administration/projects/$projectName", params: { projectName: name } }),
    });
  };
  return (
    <Page title={text.createTitle} back={<BackLink to="/administration/projects">{text.title}</BackLink>}>
      <form noValidate onSubmit={onSubmit}>
        <Section title={text.what} text={text.whatText}>
          <Field label={text.id} required hint={text.idHint} error={tried && !NAME.test(draft.name) ? text.idHint : undefined}>
            {(field) => (
              <Input {...field} autoFocus maxLength={100} className="font-mono" value={draft.name} onChange={(event) => patch({ name: event.target.value })} />
            )}
          </Field>
          <FaceFields value={draft} onChange={patch} />
        </Section>
        <div className="border-t border-line py-4">
          <FormFoot action={text.createSubmit} busy={text.creating} mutation={create} failed={text.createFailed} />
        </div>
      </form>
    </Page>
  );
}
