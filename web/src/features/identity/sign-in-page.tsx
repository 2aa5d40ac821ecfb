import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { CircleAlert, KeyRound } from "lucide-react";
import { useState } from "react";

import { Logo } from "@/app/logo";
import { Delayed } from "@/components/delayed";
import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";

import { signInWaysQuery, type SignInWays } from "./configuration";
import { useSignIn } from "./queries";
import { text } from "./text";

/** Only paths of this application; a foreign address in the link must not receive the visitor. */
function safeNext(next: string | undefined): string {
  return next?.startsWith("/") && !next.startsWith("//") && !next.startsWith("/\\") ? next : "/";
}

const card = "grid gap-4 rounded-lg border border-line bg-raised p-5";

function PasswordForm({ next }: { next: string }) {
  const navigate = useNavigate();
  const signIn = useSignIn();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  return (
    <form
      className={card}
      onSubmit={(event) => {
        event.preventDefault();
        signIn.mutate({ email, password }, { onSuccess: () => void navigate({ to: next }) });
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
  );
}

/** A plain link, not a route: it leaves this application. */
function ProviderDoor({ ways, next }: { ways: SignInWays; next: string }) {
  const target = ways.signInUrl ? `${ways.signInUrl}?${new URLSearchParams({ next }).toString()}` : next;
  return (
    <div className={card}>
      <Button asChild look="primary" size="lg" className="w-full">
        <a href={target} autoFocus>
          <KeyRound /> {ways.signInUrl ? text.signInWith(ways.provider) : text.proxied}
        </a>
      </Button>
      <p className="text-center text-[13px] text-fg-muted">{ways.signInUrl ? text.providerHint(ways.provider) : text.proxyHint}</p>
    </div>
  );
}

/** What went wrong on the way back from the provider: our words for a code, never words from the address. */
function ProblemNote({ code, request }: { code: string; request: string | undefined }) {
  const known = Object.entries(text.problems).find(([name]) => name === code)?.[1] ?? text.problems.failed;
  const id = request && /^[\w.:-]{1,128}$/.test(request) ? request : null;
  return (
    <div role="alert" className="flex gap-2.5 rounded-lg border border-warn-line bg-warn-soft px-3 py-2.5 text-sm">
      <CircleAlert className="mt-0.5 size-4 shrink-0 text-warn" aria-hidden />
      <div className="grid min-w-0 gap-1">
        <p className="font-medium">{known[0]}</p>
        <p className="text-fg-muted">{known[1]}</p>
        {id && <p className="font-mono text-xs break-all text-fg-muted">{text.requestId(id)}</p>}
      </div>
    </div>
  );
}

export function SignInPage() {
  const { next, problem, request } = useSearch({ from: "/sign-in" });
  const ways = useQuery(signInWaysQuery);
  const target = safeNext(next);
  return (
    <main className="grid min-h-full place-items-center bg-subtle px-4 py-10">
      <title>Sign in · CodeMie</title>
      <div className="grid w-full max-w-sm gap-6">
        <div className="grid justify-items-center gap-3">
          <Logo className="size-10" />
          <h1 className="text-lg font-semibold tracking-tight">{text.title}</h1>
        </div>
        {problem && <ProblemNote code={problem} request={request} />}
        {ways.isError && <ErrorNote title={text.waysFailed} error={ways.error} onRetry={() => void ways.refetch()} />}
        {ways.isPending && (
          <Delayed label={text.loadingWays}>
            <div className="skeleton h-40" />
          </Delayed>
        )}
        {ways.data && (ways.data.local ? <PasswordForm next={target} /> : <ProviderDoor ways={ways.data} next={target} />)}
        {ways.data?.local && <p className="text-center text-xs text-fg-muted">{text.hint}</p>}
      </div>
    </main>
  );
}
