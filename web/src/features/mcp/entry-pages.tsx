import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { Trash2 } from "lucide-react";
import { useState } from "react";

import { request } from "@/api/client";
import { BackLink } from "@/components/back-link";
import { ErrorNote } from "@/components/error-note";
import { Page } from "@/components/page";
import { RowSkeleton } from "@/components/results";
import { Section } from "@/components/section";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { sessionQuery } from "@/features/identity/queries";
import { isSuperuser } from "@/features/identity/rights";

import { EntryForm } from "./entry-form";
import { text } from "./page-text";
import { catalogueEntryQuery, useCatalogueMutation, type CatalogueEntry } from "./queries";
import { emptyServer, serverOf } from "./server-draft";
import { ServerTest } from "./server-test";

const Back = () => <BackLink to="/mcp-servers">{text.back}</BackLink>;

export function NewEntryPage() {
  const navigate = useNavigate();
  return (
    <Page title={text.newTitle} back={<Back />}>
      <EntryForm entry={null} onSaved={(configId) => void navigate({ to: "/mcp-servers/$configId", params: { configId } })} />
    </Page>
  );
}

function Remove({ entry }: { entry: CatalogueEntry }) {
  const [asking, setAsking] = useState(false);
  const navigate = useNavigate();
  const remove = useCatalogueMutation(() => request(`/mcp-configs/${entry.id}`, { method: "DELETE" }));
  return (
    <>
      <Button onClick={() => setAsking(true)}>
        <Trash2 /> {text.remove}
      </Button>
      <Confirm
        open={asking}
        onOpenChange={(open) => {
          remove.reset();
          setAsking(open);
        }}
        title={text.removeTitle(entry.name)}
        consequence={text.removeText}
        action={text.remove}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate(undefined, { onSuccess: () => void navigate({ to: "/mcp-servers" }) })}
      />
    </>
  );
}

/** What people other than administrators see: what it asks of them, and whether it works. */
function Offer({ entry }: { entry: CatalogueEntry }) {
  const [tools, setTools] = useState<string[] | null>(null);
  const asked = entry.required_env_vars;
  return (
    <>
      <Section title={text.asked} text={asked.length > 0 ? text.readOnly : text.readOnlyNothing}>
        <ul className="grid gap-1 text-[13px]">
          {asked.map((variable) => (
            <li key={variable.name}>
              <span className="font-mono text-xs font-medium">{variable.name}</span> <span className="text-fg-muted">{variable.description}</span>
            </li>
          ))}
        </ul>
      </Section>
      {asked.length === 0 && (
        <Section title={text.test} text={text.testText}>
          <ServerTest server={() => serverOf({ ...emptyServer, name: entry.name, catalogueId: entry.id })} value={tools} onChange={setTools} />
        </Section>
      )}
    </>
  );
}

export function EntryPage() {
  const { configId } = useParams({ from: "/app/mcp-servers/$configId" });
  const { data: user } = useSuspenseQuery(sessionQuery);
  const query = useQuery(catalogueEntryQuery(configId));
  const entry = query.data;
  const keeps = isSuperuser(user);
  return (
    <Page
      title={entry?.name ?? text.title}
      description={entry?.description}
      badge={entry && !entry.is_active ? <Badge tone="warn">{text.off}</Badge> : undefined}
      back={<Back />}
      actions={entry && keeps && <Remove entry={entry} />}
    >
      {query.isError && <ErrorNote title={text.openFailed} error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <RowSkeleton label={text.loading} />}
      {entry && (keeps ? <EntryForm key={entry.id} entry={entry} onSaved={() => undefined} /> : <Offer entry={entry} />)}
    </Page>
  );
}
