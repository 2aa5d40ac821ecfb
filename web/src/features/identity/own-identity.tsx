import { useState, type SyntheticEvent } from "react";

import { Face } from "@/components/face";
import { FormFoot } from "@/components/form-foot";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";

import { PictureField } from "./picture-field";
import { useChangeProfile, type User } from "./queries";
import { text } from "./text";

const ADDRESS = /^[^@\s]+@[^@\s]+$/;

/** The part of the profile that a person with a local account changes themselves. */
export function OwnIdentity({ user }: { user: User }) {
  const [draft, setDraft] = useState({ name: user.name, email: user.email, picture: user.picture });
  const save = useChangeProfile();
  const changed = (["name", "email", "picture"] as const).filter((key) => draft[key] !== user[key]);
  const patch = (change: Partial<typeof draft>) => {
    save.reset();
    setDraft((now) => ({ ...now, ...change }));
  };
  const problems = {
    name: draft.name.trim() ? undefined : text.nameMissing,
    email: ADDRESS.test(draft.email) ? undefined : text.emailWrong,
  };
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (problems.name || problems.email) return;
    save.mutate(Object.fromEntries(changed.map((key) => [key, draft[key].trim()])));
  };
  return (
    <form noValidate onSubmit={onSubmit} className="grid gap-4">
      <PictureField name={draft.name} picture={draft.picture} onChange={(picture) => patch({ picture })} />
      <Field label={text.name} error={problems.name}>
        {(field) => (
          <Input {...field} value={draft.name} maxLength={200} autoComplete="name" onChange={(event) => patch({ name: event.target.value })} />
        )}
      </Field>
      <Field label={text.email} hint={text.emailHint} error={problems.email}>
        {(field) => (
          <Input
            {...field}
            type="email"
            value={draft.email}
            maxLength={254}
            autoComplete="email"
            onChange={(event) => patch({ email: event.target.value })}
          />
        )}
      </Field>
      <FormFoot action={text.save} busy={text.saving} mutation={save} failed={text.saveFailed} saved={text.saved} disabled={changed.length === 0} />
    </form>
  );
}

/** The same where an identity provider keeps it: to read. */
export function KeptIdentity({ user }: { user: User }) {
  const facts = [
    [text.name, user.name],
    [text.email, user.email],
    [text.userName, user.username],
  ] as const;
  return (
    <div className="flex items-start gap-4">
      <Face name={user.name} picture={user.picture} className="size-14 text-lg" />
      <dl className="grid min-w-0 grid-cols-[auto_1fr] gap-x-6 gap-y-1.5 text-sm">
        {facts.map(([label, value]) => (
          <div key={label} className="contents">
            <dt className="text-fg-muted">{label}</dt>
            <dd className="min-w-0 break-words">{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
