import { Link } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";
import type { ReactNode } from "react";

import type { Schemas } from "@/api/schema";
import { CopyField } from "@/components/copy-field";
import { Page } from "@/components/page";
import { Button } from "@/components/ui/button";

import { text } from "./text";

/** The only time the token's text is seen: it lives in this component's memory and nowhere else. */
export function CreatedToken({ token, back }: { token: Schemas["CreatedToken"]; back: ReactNode }) {
  return (
    <Page title={text.createdTitle(token.name)} description={text.createdText} back={back}>
      <div className="grid gap-4 rounded-lg border border-line bg-subtle p-4">
        <CircleCheck className="size-5 text-good" aria-hidden />
        <CopyField label={text.yourToken} value={token.token} />
        <div className="grid gap-1.5">
          <p className="text-[13px] text-fg-muted">{text.createdUse}</p>
          <pre className="rounded-md border border-line bg-bg px-3 py-2 font-mono text-xs break-all whitespace-pre-wrap">
            {`curl -H "Authorization: Bearer $CODEMIE_TOKEN" ${window.location.origin}/v1/user`}
          </pre>
        </div>
        <Button asChild className="justify-self-start">
          <Link to="/account/tokens">{text.done}</Link>
        </Button>
      </div>
    </Page>
  );
}
