import { useRef, useState } from "react";

import { request } from "@/api/client";
import { Disclosure } from "@/components/disclosure";
import { FormFoot } from "@/components/form-foot";
import { LeaveGuard } from "@/components/leave-guard";
import { Section } from "@/components/section";
import { SwitchField } from "@/components/switch-field";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";

import { AskedEditor } from "./asked-editor";
import { emptyEntry, entryDraftOf, entryOf, hasClientSecret, type EntryDraft } from "./entry-draft";
import { text } from "./page-text";
import { useCatalogueMutation, type CatalogueEntry } from "./queries";
import { serverOf, serverProblems, type ServerDraft, type ServerProblems } from "./server-draft";
import { PlaceFields } from "./server-fields";
import { ServerTest } from "./server-test";

interface PartProps {
  draft: EntryDraft;
  patch: (change: Partial<EntryDraft>) => void;
  patchServer: (change: Partial<ServerDraft>) => void;
  problems: ServerProblems;
}

function IdentityPart({ draft, patch, patchServer, problems }: PartProps) {
  return (
    <Section title={text.identity} text={text.identityText}>
      <Field label={text.name} error={problems.name} required>
        {(field) => <Input {...field} maxLength={255} value={draft.server.name} onChange={(event) => patchServer({ name: event.target.value })} />}
      </Field>
      <Field label={text.about}>
        {(field) => <Input {...field} maxLength={2000} value={draft.about} onChange={(event) => patch({ about: event.target.value })} />}
      </Field>
      <Field label={text.categories} hint={text.categoriesHint}>
        {(field) => <Input {...field} value={draft.categories} onChange={(event) => patch({ categories: event.target.value })} />}
      </Field>
      <Field label={text.home}>
        {(field) => <Input {...field} type="url" value={draft.home} onChange={(event) => patch({ home: event.target.value })} />}
      </Field>
    </Section>
  );
}

function SignInPart({ draft, patch, entry }: PartProps & { entry: CatalogueEntry | null }) {
  return (
    <Disclosure label={text.signIn} note={text.signInText} open={draft.clientId !== ""}>
      <Field label={text.clientId}>
        {(field) => <Input {...field} autoComplete="off" value={draft.clientId} onChange={(event) => patch({ clientId: event.target.value })} />}
      </Field>
      <Field label={text.clientSecret} hint={hasClientSecret(entry) ? text.clientSecretKept : undefined}>
        {(field) => (
          <Input
            {...field}
            type="password"
            autoComplete="off"
            value={draft.clientSecret}
            onChange={(event) => patch({ clientSecret: event.target.value })}
          />
        )}
      </Field>
    </Disclosure>
  );
}

function AccessPart({ draft, patch, isNew }: PartProps & { isNew: boolean }) {
  return (
    <Section title={text.access} text={text.accessText}>
      <SwitchField label={text.public} hint={text.publicHint} checked={draft.isPublic} onChange={(isPublic) => patch({ isPublic })} />
      {!isNew && <SwitchField label={text.active} hint={text.activeHint} checked={draft.isActive} onChange={(isActive) => patch({ isActive })} />}
    </Section>
  );
}

/** One server of the catalogue, for administrators. */
export function EntryForm({ entry, onSaved }: { entry: CatalogueEntry | null; onSaved: (id: string) => void }) {
  const [kept, setKept] = useState(() => (entry ? entryDraftOf(entry) : emptyEntry));
  const [draft, setDraft] = useState(kept);
  const [tried, setTried] = useState(false);
  const leaving = useRef(false);
  const save = useCatalogueMutation((json: ReturnType<typeof entryOf>) =>
    request<CatalogueEntry>(entry ? `/mcp-configs/${entry.id}` : "/mcp-configs", { method: entry ? "PUT" : "POST", json }),
  );
  const found = serverProblems(draft.server, new Set());
  const patch = (change: Partial<EntryDraft>) => {
    save.reset();
    setDraft((now) => ({ ...now, ...change }));
  };
  const parts: PartProps = {
    draft,
    patch,
    patchServer: (change) => patch({ server: { ...draft.server, ...change } }),
    problems: tried ? found : {},
  };
  const checked = () => {
    setTried(true);
    return Object.keys(found).length === 0;
  };
  const submit = () => {
    if (!checked()) return;
    save.mutate(entryOf(draft, entry), {
      onSuccess: (saved) => {
        setKept(draft);
        leaving.current = true;
        onSaved(saved.id);
        leaving.current = false;
      },
    });
  };
  // A stored secret is known to the server alone: what is stored is tried as it is stored.
  const unchanged = JSON.stringify(draft) === JSON.stringify(kept);
  const tried_ = () => {
    if (!checked()) return null;
    return entry && unchanged ? { ...serverOf(draft.server), config: null, mcp_config_id: entry.id } : serverOf(draft.server);
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <IdentityPart {...parts} />
      <Section title={text.place} text={text.placeText}>
        <PlaceFields draft={draft.server} patch={parts.patchServer} problems={parts.problems} />
        <SignInPart {...parts} entry={entry} />
        <ServerTest server={tried_} value={draft.server.tools} onChange={(tools) => parts.patchServer({ tools })} />
      </Section>
      <Section title={text.asked} text={text.askedText}>
        <AskedEditor value={draft.asked} onChange={(asked) => patch({ asked })} />
      </Section>
      <AccessPart {...parts} isNew={entry === null} />
      <FormFoot action={entry ? text.save : text.createAction} busy={text.saving} mutation={save} failed={text.saveFailed} saved={text.saved} />
      <LeaveGuard dirty={() => !leaving.current && !unchanged} />
    </form>
  );
}
