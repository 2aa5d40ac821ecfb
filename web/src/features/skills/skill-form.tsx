import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";

import { request } from "@/api/client";
import { ApiError } from "@/api/errors";
import { FormFoot } from "@/components/form-foot";
import { LeaveGuard } from "@/components/leave-guard";
import { Section } from "@/components/section";
import { ToggleChips } from "@/components/toggle-chips";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { RadioCards } from "@/components/ui/radio-cards";
import { ProjectField } from "@/features/identity/project-field";
import { ServersEditor } from "@/features/mcp/servers-editor";

import { FilesField } from "./files-field";
import { MarkdownField } from "./markdown-field";
import { skillCategoriesQuery, skillLimitsQuery, useSkillMutation, type Skill, type Visibility } from "./queries";
import { skillProblems, typedName, type SkillForm as Form, type SkillProblems } from "./skill-draft";
import { text } from "./text";
import { DraftWithAi, ReviewWithAi, WriteWithAi } from "./with-ai";

interface PartProps {
  form: Form;
  patch: (change: Partial<Form>) => void;
  problems: SkillProblems;
}

function IdentityPart({ form, patch, problems }: PartProps) {
  return (
    <Section title={text.identity} text={text.identityText}>
      <Field label={text.name} hint={text.nameHint} error={problems.name} required>
        {(field) => (
          <Input
            {...field}
            className="font-mono text-[13px]"
            maxLength={64}
            value={form.name}
            onChange={(event) => patch({ name: typedName(event.target.value) })}
          />
        )}
      </Field>
      <Field label={text.about} hint={text.aboutHint} error={problems.description} required>
        {(field) => (
          <Input {...field} maxLength={1000} value={form.description} onChange={(event) => patch({ description: event.target.value })} />
        )}
      </Field>
    </Section>
  );
}

function AccessPart({ form, patch, problems }: PartProps) {
  const { data: categories = [] } = useQuery(skillCategoriesQuery);
  // Everybody's skills are made so by publishing them; here that choice shows only when it was made.
  const shown = (["private", "project", "public"] as const).filter((value) => value !== "public" || form.visibility === "public");
  return (
    <Section title={text.access} text={text.accessText}>
      <ProjectField label={text.project} error={problems.project} value={form.project} onChange={(project) => patch({ project })} />
      <RadioCards
        label={text.visibility}
        value={form.visibility}
        onChange={(visibility) => patch({ visibility: visibility as Visibility })}
        options={shown.map((value) => ({ value, ...text.visibilities[value] }))}
      />
      <ToggleChips
        label={text.categories}
        hint={text.categoriesHint}
        error={problems.categories}
        most={3}
        choices={categories}
        value={form.categories}
        onChange={(chosen) => patch({ categories: chosen })}
      />
    </Section>
  );
}

interface SkillFormProps {
  id: string | null;
  initial: Form;
  onSaved: (id: string) => void;
}

const FALLBACK = { min_content_length: 100, max_content_length: 30_000 };

export function SkillForm({ id, initial, onSaved }: SkillFormProps) {
  const [form, setForm] = useState(initial);
  const [tried, setTried] = useState(false);
  const leaving = useRef(false);
  const { data: limits = FALLBACK } = useQuery(skillLimitsQuery);
  const save = useSkillMutation((json: Form) => request<Skill>(id ? `/skills/${id}` : "/skills", { method: id ? "PUT" : "POST", json }));
  const found = skillProblems(form, limits);
  const refused: SkillProblems = save.error instanceof ApiError ? save.error.fieldProblems : {};
  const problems = { ...(tried ? found : {}), ...refused };
  const patch = (change: Partial<Form>) => {
    save.reset();
    setForm((now) => ({ ...now, ...change }));
  };
  const submit = () => {
    setTried(true);
    if (Object.keys(found).length > 0) return;
    save.mutate(form, {
      onSuccess: (skill) => {
        leaving.current = true;
        onSaved(skill.id);
      },
    });
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <IdentityPart form={form} patch={patch} problems={problems} />
      <Section title={text.instructions} text={text.instructionsText}>
        <MarkdownField
          label={text.content}
          hint={text.contentHint(limits.min_content_length, limits.max_content_length)}
          error={problems.content}
          value={form.content}
          onChange={(content) => patch({ content })}
        />
        <WriteWithAi form={form} patch={patch} />
      </Section>
      <Section title={text.files} text={text.filesText}>
        <FilesField value={form.companion_files} error={problems.companion_files} onChange={(companion_files) => patch({ companion_files })} />
      </Section>
      <Section title={text.tools} text={text.toolsText}>
        <ServersEditor value={form.mcp_servers} onChange={(mcp_servers) => patch({ mcp_servers })} />
      </Section>
      <AccessPart form={form} patch={patch} problems={problems} />
      <FormFoot action={id ? text.save : text.createAction} busy={text.saving} mutation={save} failed={text.saveFailed}>
        {id === null && <DraftWithAi patch={patch} />}
        <ReviewWithAi form={form} patch={patch} />
      </FormFoot>
      <LeaveGuard dirty={() => !leaving.current && JSON.stringify(form) !== JSON.stringify(initial)} />
    </form>
  );
}
