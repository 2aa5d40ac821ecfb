import { useState, type SyntheticEvent } from "react";

import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";

import { CARD } from "./signed-out-frame";
import { text } from "./text";

export interface AccountField {
  name: string;
  label: string;
  autoComplete: string;
  type?: "email" | "password";
  hint?: string;
  optional?: boolean;
  /** The field whose value this one must repeat. */
  repeats?: string;
}

interface AccountFormProps {
  fields: AccountField[];
  action: string;
  busy: string;
  failed: string;
  mutation: { isPending: boolean; isError: boolean; error: unknown };
  onSubmit: (values: Record<string, string>) => void;
}

/** A form of people who are not signed in; the browser checks what is required, the server everything. */
export function AccountForm({ fields, action, busy, failed, mutation, onSubmit }: AccountFormProps) {
  const [values, setValues] = useState<Record<string, string>>({});
  const [tried, setTried] = useState(false);
  const differs = (field: AccountField) => field.repeats !== undefined && values[field.name] !== values[field.repeats];
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setTried(true);
    if (!fields.some(differs)) onSubmit(values);
  };
  return (
    <form className={CARD} onSubmit={submit}>
      {fields.map((field, place) => (
        <Field
          key={field.name}
          label={field.label}
          hint={field.hint}
          error={tried && differs(field) ? text.passwordsDiffer : undefined}
        >
          {(attributes) => (
            <Input
              {...attributes}
              className="h-9"
              name={field.name}
              type={field.type ?? "text"}
              autoComplete={field.autoComplete}
              maxLength={1024}
              required={!field.optional}
              autoFocus={place === 0}
              value={values[field.name] ?? ""}
              onChange={(event) => setValues((now) => ({ ...now, [field.name]: event.target.value }))}
            />
          )}
        </Field>
      ))}
      {mutation.isError && <ErrorNote title={failed} error={mutation.error} />}
      <Button type="submit" look="primary" size="lg" disabled={mutation.isPending}>
        {mutation.isPending ? busy : action}
      </Button>
    </form>
  );
}
