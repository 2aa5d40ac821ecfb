import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";

import { Logo } from "@/app/logo";
import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";

import { useSignIn } from "./queries";
import { text } from "./text";

/** Only paths of this application; a foreign address in the link must not receive the visitor. */
function safeNext(next: string | undefined): string {
  return next?.startsWith("/") && !next.startsWith("//") && !next.startsWith("/\\") ? next : "/";
}

export function SignInPage() {
  const { next } = useSearch({ from: "/sign-in" });
  const navigate = useNavigate();
  const signIn = useSignIn();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  return (
    <main className="grid min-h-full place-items-center bg-subtle px-4 py-10">
      <title>Sign in · CodeMie</title>
      <div className="grid w-full max-w-sm gap-6">
        <div className="grid justify-items-center gap-3">
          <Logo className="size-10" />
          <h1 className="text-lg font-semibold tracking-tight">{text.title}</h1>
        </div>
        <form
          className="grid gap-4 rounded-lg border border-line bg-raised p-5"
          onSubmit={(event) => {
            event.preventDefault();
            signIn.mutate({ email, password }, { onSuccess: () => void navigate({ to: safeNext(next) }) });
          }}
        >
          <Field label={text.email}>
            {(field) => (
              <Input
                {...field}
                className="h-9"
                name="email"
                autoComplete="username"
                required
                autoFocus
                value={email}
                onChange={(event) => setEmail(event.target.value)}
              />
            )}
          </Field>
          <Field label={text.password}>
            {(field) => (
              <Input
                {...field}
                className="h-9"
                name="password"
                type="password"
                autoComplete="current-password"
                required
                value={password}
                onChange={(event) => setPassword(event.target.value)}
              />
            )}
          </Field>
          {signIn.isError && <ErrorNote title={text.failed} error={signIn.error} />}
          <Button type="submit" look="primary" size="lg" disabled={signIn.isPending}>
            {signIn.isPending ? text.busy : text.submit}
          </Button>
        </form>
        <p className="text-center text-xs text-fg-muted">{text.hint}</p>
      </div>
    </main>
  );
}
