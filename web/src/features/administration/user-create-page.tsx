import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";

import { BackLink } from "@/components/back-link";
import { FormFoot } from "@/components/form-foot";
import { Page } from "@/components/page";
import { Section } from "@/components/section";
import { SwitchField } from "@/components/switch-field";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { signInWaysQuery } from "@/features/identity/configuration";
import { sessionQuery } from "@/features/identity/queries";

import { newPassword } from "./new-password";
import { PasswordField } from "./user-password";
import { useCreateUser } from "./user-queries";
import { text } from "./user-text";

const ROLES = ["is_maintainer", "is_admin"] as const;

function useUserForm() {
  const navigate = useNavigate();
  const [draft, setDraft] = useState(() => ({
    email: "",
    username: "",
    name: "",
    password: newPassword(),
    is_admin: false,
    is_maintainer: false,
  }));
  const [tried, setTried] = useState(false);
  const create = useCreateUser();
  const problems = {
    email: /^[^@\s]+@[^@\s]+$/.test(draft.email.trim()) ? undefined : text.emailWrong,
    username: /^.{3,50}$/.test(draft.username.trim()) ? undefined : text.userNameWrong,
    password: draft.password ? undefined : text.passwordMissing,
  };
  const submit = () => {
    setTried(true);
    if (Object.values(problems).some(Boolean)) return;
    const { email, username, name, ...rest } = draft;
    create.mutate(
      { ...rest, email: email.trim(), username: username.trim(), name: name.trim() || null },
      { onSuccess: ({ id }) => void navigate({ to: "/administration/users/$userId", params: { userId: id }, search: { tab: "projects" } }) },
    );
  };
  const shown = tried ? problems : { email: undefined, username: undefined, password: undefined };
  return { draft, patch: (some: Partial<typeof draft>) => setDraft((now) => ({ ...now, ...some })), problems: shown, create, submit };
}

export function CreateUserPage() {
  const { data: caller } = useSuspenseQuery(sessionQuery);
  const { data: ways } = useQuery(signInWaysQuery);
  const { draft, patch, problems, create, submit } = useUserForm();
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    submit();
  };
  return (
    <Page title={text.createTitle} back={<BackLink to="/administration/users">{text.title}</BackLink>}>
      {ways?.local === false && <p className="text-sm text-fg-muted">{text.noLocal}</p>}
      <form noValidate onSubmit={onSubmit} hidden={ways?.local === false}>
        <Section title={text.identity}>
          <Field label={text.email} required error={problems.email}>
            {(field) => <Input {...field} autoFocus type="email" maxLength={254} value={draft.email} onChange={(event) => patch({ email: event.target.value })} />}
          </Field>
          <Field label={text.userName} required hint={text.userNameHint} error={problems.username}>
            {(field) => <Input {...field} maxLength={50} autoComplete="off" value={draft.username} onChange={(event) => patch({ username: event.target.value })} />}
          </Field>
          <Field label={text.name} hint={text.nameHint}>
            {(field) => <Input {...field} maxLength={200} value={draft.name} onChange={(event) => patch({ name: event.target.value })} />}
          </Field>
        </Section>
        <Section title={text.signIn} text={text.createText}>
          <PasswordField value={draft.password} onChange={(password) => patch({ password })} error={problems.password} />
        </Section>
        <Section title={text.rights} text={caller.is_maintainer ? text.rightsText : text.rightsKept}>
          {ROLES.map((flag) => (
            <SwitchField
              key={flag}
              label={text.flags[flag]}
              hint={text.flagHints[flag]}
              checked={draft[flag] || (flag === "is_admin" && draft.is_maintainer)}
              disabled={!caller.is_maintainer || (flag === "is_admin" && draft.is_maintainer)}
              onChange={(on) => patch({ [flag]: on })}
            />
          ))}
        </Section>
        <div className="border-t border-line py-4">
          <FormFoot action={text.createSubmit} busy={text.creating} mutation={create} failed={text.createFailed} />
        </div>
      </form>
    </Page>
  );
}
