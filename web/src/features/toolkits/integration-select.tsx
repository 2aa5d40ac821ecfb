import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";

import { Field } from "@/components/ui/field";
import { Select, type Option } from "@/components/ui/select";
import { usableQuery, type Setting } from "@/features/integrations/queries";

import { foundQuery } from "./queries";
import { text } from "./text";

/** Its value in the list; ids never look so. */
const AUTOMATIC = "automatic";

interface IntegrationSelectProps {
  label: string;
  /** Types that serve, the usual one first. */
  types: readonly string[];
  project: string;
  /** A tool of the toolkit that is chosen for, to tell what it would find by itself. */
  tool: string;
  value: string | null;
  /** What "not chosen" means. */
  otherwise?: "automatic" | "inherited";
  hint?: string;
  onChange: (setting: Setting | null) => void;
}

function AddLink({ type, project }: { type: string; project: string }) {
  return (
    <Link to="/integrations/new" search={{ type, project }} target="_blank" className="font-medium text-accent-text underline">
      {text.addOne}
      <span className="sr-only"> ({text.newTab})</span>
    </Link>
  );
}

/** Which integration a tool works with: found by itself, one's own, or the project's. */
export function IntegrationSelect({ label, types, project, tool, value, otherwise = "automatic", hint, onChange }: IntegrationSelectProps) {
  const usable = useQuery(usableQuery);
  const found = useQuery(foundQuery(project));
  const fitting = (usable.data ?? []).filter((row) => types.includes(row.credential_type) && (row.project_name === project || row.is_global || row.id === value));
  const [type = ""] = types;
  const alias = found.data?.find(({ tools, alias: named }) => named && tools.includes(tool))?.alias;
  const automatic = otherwise === "inherited" ? text.inherited : alias ? text.automaticNow(alias) : text.automatic;
  const gone = value !== null && usable.isSuccess && !fitting.some(({ id }) => id === value);
  const missing = otherwise === "automatic" && value === null && found.isSuccess && !alias && fitting.length === 0;
  const options: Option[] = [
    { value: AUTOMATIC, label: automatic },
    ...fitting.map((row) => ({ value: row.id, label: row.alias, note: row.setting_type === "user" ? text.mineNote : text.projectNote })),
  ];
  return (
    <div className="grid gap-1.5">
      <Field label={label} hint={hint} error={gone ? text.gone : undefined}>
        {(field) => (
          <Select
            id={field.id}
            describedBy={field["aria-describedby"]}
            placeholder={text.gone}
            value={gone ? "" : (value ?? AUTOMATIC)}
            options={options}
            onChange={(id) => onChange(fitting.find((row) => row.id === id) ?? null)}
          />
        )}
      </Field>
      {missing && (
        <p role="status" className="flex flex-wrap items-center gap-1.5 text-xs text-warn">
          <TriangleAlert className="size-3.5 shrink-0" aria-hidden /> {text.missing(type)} <AddLink type={type} project={project} />
        </p>
      )}
    </div>
  );
}
