import { useSuspenseQuery } from "@tanstack/react-query";

import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";

import { sessionQuery } from "./queries";

interface ProjectFieldProps {
  label: string;
  value: string;
  onChange: (project: string) => void;
  hint?: string | undefined;
  error?: string | undefined;
}

/** One of one's own projects, or the one that is set already; absent where there is nothing to choose. */
export function ProjectField({ label, value, onChange, hint, error }: ProjectFieldProps) {
  const { data: user } = useSuspenseQuery(sessionQuery);
  const projects = user.projects.map(({ name, display_name }) => ({ value: name, label: display_name ?? name }));
  if (!projects.some((project) => project.value === value)) projects.unshift({ value, label: value });
  if (projects.length < 2) return null;
  return (
    <Field label={label} hint={hint} error={error}>
      {(field) => <Select id={field.id} describedBy={field["aria-describedby"]} value={value} onChange={onChange} options={projects} />}
    </Field>
  );
}
