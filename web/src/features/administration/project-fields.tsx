import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";

import { text } from "./project-text";

export interface ProjectFace {
  display_name: string;
  description: string;
}

interface FaceFieldsProps {
  value: ProjectFace;
  onChange: (change: Partial<ProjectFace>) => void;
}

export function FaceFields({ value, onChange }: FaceFieldsProps) {
  return (
    <>
      <Field label={text.displayName} hint={text.displayNameHint}>
        {(field) => <Input {...field} maxLength={150} value={value.display_name} onChange={(event) => onChange({ display_name: event.target.value })} />}
      </Field>
      <Field label={text.about} hint={text.aboutHint}>
        {(field) => <Textarea {...field} rows={3} maxLength={500} value={value.description} onChange={(event) => onChange({ description: event.target.value })} />}
      </Field>
    </>
  );
}
