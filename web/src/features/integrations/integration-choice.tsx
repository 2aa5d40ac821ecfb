import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { Field } from "@/components/ui/field";
import { Select, type Option } from "@/components/ui/select";

import { usableQuery } from "./queries";
import { text } from "./text";

/** Its value in the list; ids never look so. */
const NONE = "none";

interface IntegrationChoiceProps {
  /** Types that serve, the usual one first. */
  types: readonly string[];
  /** What it is for. */
  hint: string;
  project: string;
  /** Whether this person owns what it is chosen for: personal integrations serve nobody else's. */
  own: boolean;
  value: string | null;
  /** What no integration means, where that is a choice. */
  none?: string | undefined;
  onChange: (id: string | null) => void;
}

/** The integration that something signs in with. */
export function IntegrationChoice({ types, hint, project, own, value, none, onChange }: IntegrationChoiceProps) {
  const usable = useQuery(usableQuery);
  const fitting = (usable.data ?? []).filter((row) => types.includes(row.credential_type) && (row.setting_type === "user" ? own : row.project_name === project));
  const options: Option[] = [
    ...(none ? [{ value: NONE, label: none }] : []),
    ...fitting.map((row) => ({ value: row.id, label: row.alias, note: row.setting_type === "user" ? text.choice.mine : text.choice.ofProject })),
  ];
  const known = value !== null && fitting.some(({ id }) => id === value);
  const add = (
    <Link to="/integrations/new" search={{ type: types[0], project }} target="_blank" className="font-medium text-accent-text underline">
      {text.choice.add}
      <span className="sr-only"> ({text.choice.newTab})</span>
    </Link>
  );
  return (
    <Field label={text.choice.label} hint={<>{hint} {add}</>}>
      {(field) => (
        <Select
          id={field.id}
          describedBy={field["aria-describedby"]}
          placeholder={text.choice.placeholder}
          value={known ? value : none ? NONE : ""}
          options={options}
          onChange={(id) => onChange(id === NONE ? null : id)}
        />
      )}
    </Field>
  );
}
