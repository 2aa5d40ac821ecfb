import { useState, type SyntheticEvent } from "react";

import { FormFoot } from "@/components/form-foot";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";

import { useChangePassword, type User } from "./queries";
import { text } from "./text";

const EMPTY = { current: "", next: "", again: "" };

export function PasswordForm({ user }: { user: User }) {
  const [typed, setTyped] = useState(EMPTY);
  const [tried, setTried] = useState(false);
  const change = useChangePassword();
  const problems = {
    current: typed.current ? undefined : text.currentMissing,
    next: typed.next ? undefined : text.newMissing,
    again: typed.next === typed.again ? undefined : text.passwordsDiffer,
  };
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.values(problems).some(Boolean)) return;
    const emptied = () => {
      setTyped(EMPTY);
      setTried(false);
    };
    change.mutate({ current_password: typed.current, new_password: typed.next }, { onSuccess: emptied });
  };
  const field = (key: keyof typeof EMPTY, label: string, autoComplete: string, hint?: string) => (
    <Field label={label} hint={hint} error={tried ? problems[key] : undefined}>
      {(attributes) => (
        <Input
          {...attributes}
          type="password"
          autoComplete={autoComplete}
          maxLength={1024}
          value={typed[key]}
          onChange={(event) => setTyped((now) => ({ ...now, [key]: event.target.value }))}
        />
      )}
    </Field>
  );
  return (
    <form noValidate onSubmit={onSubmit} className="grid gap-4">
      {/* Password managers file the new password under this name. */}
      <input type="text" hidden readOnly autoComplete="username" value={user.email} />
      {field("current", text.currentPassword, "current-password")}
      {field("next", text.newPassword, "new-password", text.passwordHint)}
      {field("again", text.repeatPassword, "new-password")}
      <FormFoot
        action={text.changePassword}
        busy={text.saving}
        mutation={change}
        failed={text.passwordFailed}
        saved={typed.next ? "" : text.passwordChanged}
      />
    </form>
  );
}
