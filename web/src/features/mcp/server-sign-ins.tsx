import { useQuery } from "@tanstack/react-query";
import { CircleCheck, LogIn, LogOut, Plug } from "lucide-react";

import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";

import { signInStatusQuery, useSignIn, useSignOut } from "./queries";
import { placeOf, type McpServer } from "./server-draft";
import { text } from "./text";

function Row({ server }: { server: McpServer }) {
  const configId = server.use_custom_config ? null : (server.mcp_config_id ?? null);
  const { data: status } = useQuery({ ...signInStatusQuery(configId ?? ""), enabled: configId !== null });
  const signIn = useSignIn();
  const signOut = useSignOut();
  return (
    <li className="grid gap-2 border-t border-line px-3 py-2 first:border-t-0">
      <div className="flex flex-wrap items-center gap-2.5">
        <Plug className="size-4 shrink-0 text-fg-muted" aria-hidden />
        <div className="grid min-w-0 flex-1">
          <span className="truncate text-[13px] font-medium">{server.name}</span>
          <span className="truncate text-xs text-fg-muted">{status ? placeOf(server) : text.noSignIn}</span>
        </div>
        {status?.status === "authenticated" && (
          <>
            <span className="inline-flex items-center gap-1 text-[13px] text-good">
              <CircleCheck className="size-4" aria-hidden /> {text.signedIn}
            </span>
            <Button size="sm" disabled={signOut.isPending} onClick={() => signOut.mutate(status.auth_config_id)}>
              <LogOut /> {text.signOut}
            </Button>
          </>
        )}
        {status?.status === "authentication_required" && (
          <Button size="sm" disabled={signIn.isPending} onClick={() => signIn.mutate(status.auth_config_id)}>
            <LogIn /> {text.signInHere}
          </Button>
        )}
      </div>
      {(signIn.error ?? signOut.error) && <ErrorNote title={text.signInFailed} error={signIn.error ?? signOut.error} />}
    </li>
  );
}

/** At which of an assistant's servers the person is signed in. */
export function ServerSignIns({ servers }: { servers: readonly McpServer[] }) {
  return (
    <ul className="rounded-lg border border-line">
      {servers.map((server) => (
        <Row key={server.name} server={server} />
      ))}
    </ul>
  );
}
