import { useState, type SyntheticEvent } from "react";

import { FormFoot } from "@/components/form-foot";
import { Section } from "@/components/section";
import { SwitchField } from "@/components/switch-field";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import type { User } from "@/features/identity/queries";
import { isSuperuser } from "@/features/identity/rights";

import { changeOf, draftOf, flagLock, FLAGS, problemsOf, withFlag, type UserDraft } from "./user-draft";
import { useChangeUser, type UserDetail } from "./user-queries";
import { text } from "./user-text";

interface PartProps {
  user: UserDetail;
  caller: User;
  draft: UserDraft;
  onChange: (change: Partial<UserDraft>) => void;
}

function IdentityPart({ user, draft, onChange }: PartProps) {
  const local = user.auth_source === "local";
  return (
    <Section title={text.identity}>
      <Field label={text.name} hint={text.nameHint}>
        {(field) => <Input {...field} maxLength={200} value={draft.name} onChange={(event) => onChange({ name: event.target.value })} />}
      </Field>
      <Field label={text.email} hint={local ? text.emailHint : text.emailKept} error={problemsOf(draft).email}>
        {(field) => (
          <Input {...field} type="email" maxLength={254} disabled={!local} value={draft.email} onChange={(event) => onChange({ email: event.target.value })} />
        )}
      </Field>
      <Field label={text.userType} hint={text.typeHint}>
        {(field) => (
          <Select
            id={field.id}
            describedBy={field["aria-describedby"]}
            className="w-44"
            value={draft.user_type}
            onChange={(user_type) => onChange({ user_type })}
            options={Object.entries(text.types).map(([value, label]) => ({ value, label }))}
          />
        )}
      </Field>
    </Section>
  );
}

function RightsPart({ user, caller, draft, onChange }: PartProps) {
  return (
    <Section title={text.rights} text={caller.is_maintainer ? text.rightsText : text.rightsKept}>
      {FLAGS.map((flag) => {
        const lock = flagLock(flag, user, caller);
        return (
          <SwitchField
            key={flag}
            label={text.flags[flag]}
            hint={caller.is_maintainer ? (lock ?? text.flagHints[flag]) : text.flagHints[flag]}
            checked={draft[flag]}
            disabled={lock !== undefined}
            onChange={(on) => onChange(withFlag(draft, flag, on))}
          />
        );
      })}
    </Section>
  );
}

function LimitsPart({ user, caller, draft, onChange }: PartProps) {
  const own = user.id === caller.user_id;
  return (
    <Section title={text.limits}>
      <Field label={text.limit} hint={draft.is_admin ? text.unlimited : own ? text.ownLimit : text.limitHint} error={problemsOf(draft).limit}>
        {(field) => (
          <Input
            {...field}
            inputMode="numeric"
            className="w-24 text-right tabular-nums"
            disabled={draft.is_admin || own}
            value={draft.is_admin ? "" : draft.limit}
            onChange={(event) => onChange({ limit: event.target.value })}
          />
        )}
      </Field>
    </Section>
  );
}

/** The account: who, which roles, how much. Read-only for those who only oversee. */
export function UserForm({ user, caller }: { user: UserDetail; caller: User }) {
  const [draft, setDraft] = useState(() => draftOf(user));
  const save = useChangeUser(user.id);
  const change = changeOf(draft, user);
  const part = {
    user,
    caller,
    draft,
    onChange: (some: Partial<UserDraft>) => {
      save.reset();
      setDraft((now) => ({ ...now, ...some }));
    },
  };
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (Object.values(problemsOf(draft)).every((problem) => problem === undefined)) save.mutate(change);
  };
  const editable = isSuperuser(caller);
  return (
    <form noValidate onSubmit={onSubmit}>
      <fieldset disabled={!editable} className="min-w-0">
        <IdentityPart {...part} />
        <RightsPart {...part} />
        <LimitsPart {...part} />
      </fieldset>
      {editable && (
        <div className="border-t border-line py-4">
          <FormFoot
            action={text.save}
            busy={text.saving}
            mutation={save}
            failed={text.saveFailed}
            saved={text.saved}
            disabled={Object.keys(change).length === 0}
          />
        </div>
      )}
    </form>
  );
}
