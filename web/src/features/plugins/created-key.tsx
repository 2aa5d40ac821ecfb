import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleCheck, LoaderCircle } from "lucide-react";

import { BackLink } from "@/components/back-link";
import { CopyField } from "@/components/copy-field";
import { Page } from "@/components/page";
import { Button } from "@/components/ui/button";

import { agentsQuery, type ShownKey } from "./queries";
import { StartPart } from "./start-part";
import { text } from "./text";

/** Tells of the first agent as soon as it is there. */
function Arrival({ keyId }: { keyId: string }) {
  const { data } = useQuery(agentsQuery(keyId));
  const first = data?.[0];
  return (
    <p role="status" className={first ? "flex items-center gap-2 text-[13px] text-good" : "flex items-center gap-2 text-[13px] text-fg-muted"}>
      {first ? <CircleCheck className="size-4" aria-hidden /> : <LoaderCircle className="size-4 motion-safe:animate-spin" aria-hidden />}
      {first ? text.connected(first.host ?? first.label, first.tools.length) : text.waiting}
    </p>
  );
}

/** The only time the key is seen: it lives in this component's memory and nowhere else. */
export function CreatedKey({ created }: { created: ShownKey }) {
  return (
    <Page title={text.createdTitle(created.alias)} description={text.createdText} back={<BackLink to="/plugins">{text.back}</BackLink>}>
      {/* The form that had the focus is gone. */}
      <CopyField label={text.yourKey} value={created.key} autoFocus />
      <section aria-labelledby="start-agent" className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-4 border-t border-line pt-5">
        <div>
          <h2 id="start-agent" className="text-sm font-semibold">
            {text.start}
          </h2>
          <p className="text-[13px] text-fg-muted">{text.startText}</p>
        </div>
        <StartPart shown={created.key} />
        <Arrival keyId={created.id} />
      </section>
      <Button asChild className="justify-self-start">
        <Link to="/plugins/$keyId" params={{ keyId: created.id }}>
          {text.toKey}
        </Link>
      </Button>
    </Page>
  );
}
