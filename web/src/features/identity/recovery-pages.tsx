import { useSearch } from "@tanstack/react-router";

import { AccountForm } from "./account-form";
import { AccountNotice } from "./account-notice";
import { useForgotPassword, useResetPassword } from "./queries";
import { SideLink, SignedOutFrame } from "./signed-out-frame";
import { text } from "./text";

export function ForgotPasswordPage() {
  const forgot = useForgotPassword();
  return (
    <SignedOutFrame title={text.forgotTitle}>
      {forgot.isSuccess ? (
        <AccountNotice title={text.mailSent}>{text.mailSentText}</AccountNotice>
      ) : (
        <AccountForm
          fields={[{ name: "email", label: text.email, type: "email", autoComplete: "username", hint: text.forgotHint }]}
          action={text.sendMail}
          busy={text.sending}
          failed={text.mailFailed}
          mutation={forgot}
          onSubmit={({ email = "" }) => forgot.mutate({ email })}
        />
      )}
      <SideLink to="/sign-in">{text.backToSignIn}</SideLink>
    </SignedOutFrame>
  );
}

export function ResetPasswordPage() {
  const { token = "" } = useSearch({ from: "/auth/reset-password" });
  const reset = useResetPassword();
  return (
    <SignedOutFrame title={text.resetTitle}>
      {reset.isSuccess ? (
        <AccountNotice title={text.passwordChanged}>{text.resetDone}</AccountNotice>
      ) : token ? (
        <AccountForm
          fields={[
            { name: "password", label: text.newPassword, type: "password", autoComplete: "new-password", hint: text.passwordHint },
            { name: "again", label: text.repeatPassword, type: "password", autoComplete: "new-password", repeats: "password" },
          ]}
          action={text.setPassword}
          busy={text.saving}
          failed={text.passwordFailed}
          mutation={reset}
          onSubmit={({ password = "" }) => reset.mutate({ token, new_password: password })}
        />
      ) : (
        <AccountNotice title={text.linkBroken}>{text.linkBrokenText}</AccountNotice>
      )}
      <SideLink to="/sign-in">{text.backToSignIn}</SideLink>
    </SignedOutFrame>
  );
}
