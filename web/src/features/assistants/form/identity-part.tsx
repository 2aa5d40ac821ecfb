import { useQuery } from "@tanstack/react-query";

import { Disclosure } from "@/components/disclosure";
import { IconField } from "@/components/icon-field";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ToggleChips } from "@/components/toggle-chips";
import { ProjectField } from "@/features/identity/project-field";

import { AssistantAvatar } from "../avatar";
import { text } from "../form-text";
import { categoriesQuery } from "../queries";
import type { PartProps } from "./part";

const MOST_CATEGORIES = 3;

function Categories({ form, patch, problems }: PartProps) {
  const { data = [] } = useQuery(categoriesQuery);
  return (
    <ToggleChips
      label={text.categories}
      hint={text.categoriesHint}
      error={problems.categories}
      most={MOST_CATEGORIES}
      choices={data.map(({ id, name }) => ({ value: id, label: name }))}
      value={form.categories}
      onChange={(categories) => patch({ categories })}
    />
  );
}

export function IdentityPart(props: PartProps) {
  const { form, patch, problems } = props;
  return (
    <>
      <IconField label={text.icon} icon={form.icon_url} onChange={(icon_url) => patch({ icon_url })}>
        <AssistantAvatar name={form.name || "?"} icon={form.icon_url} className="size-11 text-lg" />
      </IconField>
      <Field label={text.name} required error={problems.name}>
        {(field) => <Input {...field} value={form.name} maxLength={100} onChange={(event) => patch({ name: event.target.value })} />}
      </Field>
      <Field label={text.about} hint={text.aboutHint} error={problems.description}>
        {(field) => <Input {...field} value={form.description} onChange={(event) => patch({ description: event.target.value })} />}
      </Field>
      <ProjectField
        label={text.project}
        hint={text.projectHint}
        error={problems.project}
        value={form.project}
        onChange={(project) => patch({ project, context: [], guards: [] })}
      />
      <Disclosure label={text.more} open={Boolean(problems.slug ?? problems.categories)}>
        <Categories {...props} />
        <Field label={text.slug} hint={text.slugHint} error={problems.slug}>
          {(field) => (
            <Input
              {...field}
              className="font-mono text-[13px]"
              maxLength={300}
              value={form.slug}
              onChange={(event) => patch({ slug: event.target.value })}
            />
          )}
        </Field>
      </Disclosure>
    </>
  );
}
