import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { CircleAlert, KeyRound } from "lucide-react";

import { Delayed } from "@/components/delayed";
import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";

import { AccountForm, type AccountField } from "./account-form";
import { signInWaysQuery, type SignInWays } from "./configuration";
import { useSignIn } from "./queries";
import { CARD, SideLink, SignedOutFrame } from "./signed-out-frame";
import { text } from "./text";

/** Only paths of this application; a foreign address in the link must not receive the visitor. */
function safeNext(next: string | undefined): string {
  return next?.startsWith("/") && !next.startsWith("//") && !next.startsWith("/\\") ? next : "/";
}

const FIELDS: AccountField[] = [
  { name: "email", label: text.email, autoComplete: "username" },
  { name: "password", label: text.password, type: "password", autoComplete: "current-password" },
];

function PasswordDoor({ ways, next }: { ways: SignInWays; next: string }) {
  const navigate = useNavigate();
  const signIn = useSignIn();
  return (
    <>
      <AccountForm
        fields={FIELDS}
        action={text.submit}
        busy={text.busy}
        failed={text.failed}
        mutation={signIn}
        onSubmit={({ email = "", password = "" }) =>
          signIn.mutate({ email, password }, { onSuccess: () => void navigate({ to: next }) })
        }
      />
      {ways.mail && <SideLink to="/auth/forgot-password">{text.forgot}</SideLink>}
      {ways.registration && <SideLink to="/auth/register">{text.noAccount}</SideLink>}
      <p className="text-center text-xs text-fg-muted">{text.hint}</p>
    </>
  );
}

/** A plain link, not a route: it leaves this application. */
function ProviderDoor({ ways, next }: { ways: SignInWays; next: string }) {
  const target = ways.signInUrl ? `${ways.signInUrl}?${new URLSearchParams({ next }).toString()}` : next;
  return (
    <div className={CARD}>
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
    <SignedOutFrame title={text.title}>
        {problem && <ProblemNote code={problem} request={request} />}
        {ways.isError && <ErrorNote title={text.waysFailed} error={ways.error} onRetry={() => void ways.refetch()} />}
        {ways.isPending && (
          <Delayed label={text.loadingWays}>
            <div className="skeleton h-40" />
          </Delayed>
        )}
        {ways.data &&
          (ways.data.local ? <PasswordDoor ways={ways.data} next={target} /> : <ProviderDoor ways={ways.data} next={target} />)}
    </SignedOutFrame>
  );
}
