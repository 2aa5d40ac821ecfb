import { Dices } from "lucide-react";
import { useState, type SyntheticEvent } from "react";

import { CopyField } from "@/components/copy-field";
import { FormFoot } from "@/components/form-foot";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";

import { newPassword } from "./new-password";
import { useSetPassword, type UserDetail } from "./user-queries";
import { text } from "./user-text";

interface PasswordFieldProps {
  value: string;
  onChange: (value: string) => void;
  error: string | undefined;
}

/** Shown as it is typed: it has to be handed to somebody else. */
export function PasswordField({ value, onChange, error }: PasswordFieldProps) {
  return (
    <Field label={text.password} hint={text.passwordHint} error={error} required>
      {(field) => (
        <div className="flex gap-2">
          <Input {...field} autoComplete="off" spellCheck={false} className="font-mono" value={value} onChange={(event) => onChange(event.target.value)} />
          <Button onClick={() => onChange(newPassword())}>
            <Dices /> {text.generated}
          </Button>
        </div>
      )}
    </Field>
  );
}

export function SetPassword({ user, onDone }: { user: UserDetail; onDone: () => void }) {
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  const set = useSetPassword(user.id);
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    setTried(true);
    if (password) set.mutate(password);
  };
  if (set.isSuccess) {
    return (
      <div className="grid gap-4">
        <p role="status" className="text-sm text-good">
          {text.resetDone}
        </p>
        <CopyField label={text.password} value={password} />
        <Button className="justify-self-end" onClick={onDone}>
          {text.close}
        </Button>
      </div>
    );
  }
  return (
    <form noValidate onSubmit={onSubmit} className="grid gap-4">
      <PasswordField value={password} onChange={setPassword} error={tried && !password ? text.passwordMissing : undefined} />
      <FormFoot action={text.resetAction} busy={text.saving} mutation={set} failed={text.resetFailed} />
    </form>
  );
}
