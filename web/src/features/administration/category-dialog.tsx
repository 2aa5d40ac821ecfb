import { useState, type SyntheticEvent } from "react";

import { FormFoot } from "@/components/form-foot";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";

import { useSaveCategory, type Category } from "./categories-queries";
import { text } from "./categories-text";

/** A new category, or another name and description for one. */
export function CategoryDialog({ category, onClose }: { category: Category | null; onClose: () => void }) {
  const [name, setName] = useState(category?.name ?? "");
  const [about, setAbout] = useState(category?.description ?? "");
  const [tried, setTried] = useState(false);
  const save = useSaveCategory(category?.id ?? null);
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    setTried(true);
    if (name.trim()) save.mutate({ name: name.trim(), description: about.trim() || null }, { onSuccess: onClose });
  };
  return (
    <Dialog open onOpenChange={onClose} title={category ? text.edit : text.create} className="max-w-lg">
      <form noValidate onSubmit={onSubmit} className="grid gap-4">
        <Field label={text.name} required error={tried && !name.trim() ? text.nameMissing : undefined}>
          {(field) => <Input {...field} maxLength={255} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label={text.about}>
          {(field) => <Textarea {...field} rows={2} maxLength={1000} value={about} onChange={(event) => setAbout(event.target.value)} />}
        </Field>
        <FormFoot action={text.save} busy={text.saving} mutation={save} failed={text.failed} />
      </form>
    </Dialog>
  );
}
