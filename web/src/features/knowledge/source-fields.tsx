import { useId } from "react";

import { Section } from "@/components/section";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { Switch } from "@/components/ui/switch";

import { text } from "./text";

export interface Basics {
  name: string;
  description: string;
  shared: boolean;
}

const NAME = /^[a-zA-Z0-9][\w-]{3,49}$/;

export function nameProblem(name: string): string | undefined {
  return NAME.test(name) ? undefined : text.nameHint;
}

interface PartProps {
  value: Basics;
  onChange: (change: Partial<Basics>) => void;
  tried: boolean;
}

export function AboutField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <Field label={text.about} hint={text.aboutHint}>
      {(field) => (
        <Textarea {...field} rows={2} className="min-h-14" maxLength={500} value={value} onChange={(event) => onChange(event.target.value)} />
      )}
    </Field>
  );
}

export function BasicsPart({ value, onChange, tried }: PartProps) {
  return (
    <Section title={text.what}>
      <Field label={text.name} required hint={text.nameHint} error={tried ? nameProblem(value.name) : undefined}>
        {(field) => <Input {...field} value={value.name} maxLength={50} onChange={(event) => onChange({ name: event.target.value })} />}
      </Field>
      <AboutField value={value.description} onChange={(description) => onChange({ description })} />
    </Section>
  );
}

interface AccessPartProps {
  value: Pick<Basics, "shared">;
  onChange: (change: Pick<Basics, "shared">) => void;
}

export function AccessPart({ value, onChange }: AccessPartProps) {
  const id = useId();
  return (
    <Section title={text.access}>
      <div className="flex items-start gap-3">
        <Switch id={id} checked={value.shared} onCheckedChange={(shared) => onChange({ shared })} aria-describedby={`${id}-note`} />
        <div>
          <label htmlFor={id} className="text-[13px] font-medium">
            {text.share}
          </label>
          <p id={`${id}-note`} className="text-xs text-fg-muted">
            {text.shareHint}
          </p>
        </div>
      </div>
    </Section>
  );
}
