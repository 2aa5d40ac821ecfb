import { LogIn } from "lucide-react";
import type { ReactNode } from "react";

import type { SignInDemand } from "@/api/errors";
import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";

import { useSignIn } from "./queries";
import { text } from "./text";

/** Servers that want to know who the person is, and the way to their sign-ins; `children` say what comes after. */
export function SignInNote({ demands, children }: { demands: readonly SignInDemand[]; children: ReactNode }) {
  const signIn = useSignIn();
  return (
    <div role="alert" className="grid gap-2 rounded-lg border border-warn-line bg-warn-soft p-3 text-[13px]">
      <div>{children}</div>
      {demands.map((demand) => (
        <div key={demand.auth_config_id} className="grid gap-1">
          {demand.error_context && <p className="text-fg-muted">{demand.error_context}</p>}
          <Button size="sm" className="justify-self-start" disabled={signIn.isPending} onClick={() => signIn.mutate(demand.auth_config_id)}>
            <LogIn /> {text.signIn(demand.as_hostname ?? demand.mcp_server_name)}
          </Button>
        </div>
      ))}
      {signIn.isError && <ErrorNote title={text.signInFailed} error={signIn.error} />}
    </div>
  );
}
