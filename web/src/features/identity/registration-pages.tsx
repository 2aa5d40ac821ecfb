import { useNavigate, useSearch } from "@tanstack/react-router";

import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";

import { AccountForm, type AccountField } from "./account-form";
import { AccountNotice } from "./account-notice";
import { useRegister, useVerifyEmail } from "./queries";
import { CARD, SideLink, SignedOutFrame } from "./signed-out-frame";
import { text } from "./text";

const FIELDS: AccountField[] = [
  { name: "name", label: text.name, autoComplete: "name", optional: true },
  { name: "username", label: text.userName, autoComplete: "nickname", hint: text.userNameHint },
  { name: "email", label: text.email, type: "email", autoComplete: "username" },
  { name: "password", label: text.password, type: "password", autoComplete: "new-password", hint: text.passwordHint },
  { name: "again", label: text.repeatPassword, type: "password", autoComplete: "new-password", repeats: "password" },
];

export function RegisterPage() {
  const navigate = useNavigate();
  const register = useRegister();
  const submit = ({ name = "", username = "", email = "", password = "" }: Record<string, string>) =>
    register.mutate(
      { name: name || null, username, email, password },
      { onSuccess: (answer) => (answer.access_token ? void navigate({ to: "/" }) : undefined) },
    );
  return (
    <SignedOutFrame title={text.registerTitle}>
      {register.isSuccess && !register.data.access_token ? (
        <AccountNotice title={text.mailSent}>{text.confirmText}</AccountNotice>
      ) : (
        <AccountForm
          fields={FIELDS}
          action={text.register}
          busy={text.registering}
          failed={text.registerFailed}
          mutation={register}
          onSubmit={submit}
        />
      )}
      <SideLink to="/sign-in">{text.backToSignIn}</SideLink>
    </SignedOutFrame>
  );
}

/** A button, because mail scanners open links: only a person uses up the token. */
export function VerifyEmailPage() {
  const { token = "" } = useSearch({ from: "/auth/verify-email" });
  const navigate = useNavigate();
  const verify = useVerifyEmail();
  return (
    <SignedOutFrame title={text.verifyTitle}>
      {token ? (
        <div className={CARD}>
          <p className="text-[13px] text-fg-muted">{text.verifyText}</p>
          {verify.isError && <ErrorNote title={text.verifyFailed} error={verify.error} />}
          <Button
            look="primary"
            size="lg"
            autoFocus
            disabled={verify.isPending}
            onClick={() => verify.mutate({ token }, { onSuccess: () => void navigate({ to: "/" }) })}
          >
            {verify.isPending ? text.verifying : text.verify}
          </Button>
        </div>
      ) : (
        <AccountNotice title={text.linkBroken}>{text.linkBrokenText}</AccountNotice>
      )}
    </SignedOutFrame>
  );
}
