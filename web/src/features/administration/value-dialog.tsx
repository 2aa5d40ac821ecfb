import { useState, type SyntheticEvent } from "react";

import { FormFoot } from "@/components/form-foot";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { Select } from "@/components/ui/select";

import { useSaveValue, type DynamicValue } from "./settings-queries";
import { text } from "./settings-text";
import { draftOf, problemsOf, typeOf, type ValueDraft } from "./value-draft";

const TYPES = Object.entries(text.types).map(([value, label]) => ({ value, label }));

/** Makes a value, or changes one whose name stays. */
export function ValueDialog({ row, onClose }: { row: DynamicValue | null; onClose: () => void }) {
  const [draft, setDraft] = useState(() => draftOf(row));
  const [tried, setTried] = useState(false);
  const save = useSaveValue(row === null);
  const found = problemsOf(draft);
  const problems = tried ? found : {};
  const patch = (change: Partial<ValueDraft>) => {
    save.reset();
    setDraft((now) => ({ ...now, ...change }));
  };
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    setTried(true);
    if (!found.key && !found.value) save.mutate({ ...draft, description: draft.description.trim() || null }, { onSuccess: onClose });
  };
  return (
    <Dialog open onOpenChange={onClose} title={row ? text.editTitle(row.key) : text.addTitle} className="max-w-lg">
      <form noValidate onSubmit={onSubmit} className="grid gap-4">
        {!row && (
          <Field label={text.key} required hint={text.keyHint} error={problems.key}>
            {(field) => <Input {...field} autoFocus maxLength={200} value={draft.key} onChange={(event) => patch({ key: event.target.value })} />}
          </Field>
        )}
        <Field label={text.type}>
          {(field) => (
            <Select id={field.id} className="w-44" value={draft.value_type} onChange={(value) => patch({ value_type: typeOf(value) })} options={TYPES} />
          )}
        </Field>
        <Field label={text.value} required error={problems.value}>
          {(field) => <Textarea {...field} rows={3} value={draft.value} onChange={(event) => patch({ value: event.target.value })} />}
        </Field>
        <Field label={text.about}>
          {(field) => <Input {...field} maxLength={2000} value={draft.description} onChange={(event) => patch({ description: event.target.value })} />}
        </Field>
        <FormFoot action={row ? text.change : text.create} busy={text.saving} mutation={save} failed={text.saveFailed} />
      </form>
    </Dialog>
  );
}
