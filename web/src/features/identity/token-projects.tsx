import { Checkbox } from "@/components/ui/checkbox";
import { RadioCards } from "@/components/ui/radio-cards";

import type { User } from "./queries";
import { text } from "./text";

interface ProjectPickerProps {
  own: User["projects"];
  value: string[] | null;
  error: string | undefined;
  onChange: (value: string[] | null) => void;
}

/** All projects, or some of one's own. */
export function ProjectPicker({ own, value, error, onChange }: ProjectPickerProps) {
  return (
    <div className="grid gap-3">
      <RadioCards
        label={text.where}
        value={value === null ? "all" : "some"}
        onChange={(choice) => onChange(choice === "all" ? null : [])}
        options={[
          { value: "all", label: text.everywhere },
          { value: "some", label: text.chosen },
        ]}
      />
      {value !== null && (
        <fieldset className="grid max-h-72 overflow-y-auto rounded-lg border border-line py-1" aria-describedby={error ? "projects-note" : undefined}>
          <legend className="sr-only">{text.chosen}</legend>
          {own.map(({ name, display_name }) => (
            <label key={name} className="flex min-h-8 items-center gap-2 px-2 text-[13px] hover:bg-subtle">
              <Checkbox
                checked={value.includes(name)}
                onCheckedChange={(on) => onChange(on === true ? [...value, name] : value.filter((chosen) => chosen !== name))}
              />
              <span className="truncate">{display_name ?? name}</span>
            </label>
          ))}
        </fieldset>
      )}
      {error && (
        <p id="projects-note" className="text-xs text-bad">
          {error}
        </p>
      )}
    </div>
  );
}
