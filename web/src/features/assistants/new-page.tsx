import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";

import type { Schemas } from "@/api/schema";
import { BackLink } from "@/components/back-link";
import { ErrorNote } from "@/components/error-note";
import { Page } from "@/components/page";
import { defaultProject, sessionQuery } from "@/features/identity/queries";

import { AssistantForm } from "./assistant-form";
import { emptyForm, formFrom, type FormState } from "./draft";
import { FormSkeleton, useDefaultModelName } from "./form-skeleton";
import { text } from "./form-text";
import { assistantQuery, contextQuery, templatesQuery } from "./queries";
import { StartGallery } from "./start-gallery";
import { text as common } from "./text";

type Draft = Schemas["AssistantDraft"];

interface Start {
  /** undefined while what it starts from is loading. */
  initial: FormState | undefined;
  error: unknown;
  from: string | undefined;
}

/** What the form starts from: nothing, a data source, a template, another assistant. */
function useStart(): Start {
  const search = useSearch({ from: "/app/assistants/new" });
  const { data: user } = useSuspenseQuery(sessionQuery);
  const project = defaultProject(user);
  const model = useDefaultModelName();
  const context = useQuery({ ...contextQuery(project), enabled: Boolean(search.knowledge) });
  const template = useQuery({ ...templatesQuery, enabled: Boolean(search.template) });
  const source = useQuery({ ...assistantQuery(search.clone ?? ""), enabled: Boolean(search.clone) });
  const error = template.error ?? source.error;
  if (!model.ready) return { initial: undefined, error, from: undefined };
  const empty = emptyForm(project, model.name);
  if (search.template) {
    const found = template.data?.find(({ slug }) => slug === search.template);
    const own = { project, slug: "", shared: false, llm_model_type: model.name };
    return { initial: found ? { ...formFrom(found, model.name), ...own } : undefined, error, from: found?.name };
  }
  if (search.clone) {
    const own = { slug: "", shared: false };
    // What stands guard over the project stands guard over the copy anyway; the rest is for its author to choose.
    const copied = source.data && { ...formFrom(source.data, model.name), ...own, name: common.copyOf(source.data.name), guards: [] };
    return { initial: copied, error, from: source.data?.name };
  }
  if (search.remote) return { initial: { ...empty, remote: true }, error: null, from: undefined };
  if (!search.knowledge) return { initial: empty, error: null, from: undefined };
  const chosen = context.data?.filter(({ name }) => name === search.knowledge).map(({ context_type, name }) => ({ context_type, name }));
  return { initial: context.isPending ? undefined : { ...empty, context: chosen ?? [] }, error: null, from: undefined };
}

const merged = (initial: FormState, draft: Draft): FormState => ({
  ...initial,
  name: draft.name,
  description: draft.description,
  system_prompt: draft.system_prompt,
  conversation_starters: draft.conversation_starters,
  categories: draft.categories ?? [],
});

export function NewAssistantPage() {
  const search = useSearch({ from: "/app/assistants/new" });
  const navigate = useNavigate();
  const start = useStart();
  const [draft, setDraft] = useState<Draft | null>(null);
  const chosen = search.blank ?? search.remote ?? search.template ?? search.clone ?? search.knowledge;
  const toForm = draft !== null || Boolean(chosen);
  return (
    <Page
      title={search.remote ? text.remoteTitle : text.newTitle}
      wide={toForm}
      description={start.from ? common.startedFrom(start.from) : toForm ? undefined : common.startText}
      back={toForm && !draft ? <BackLink to="/assistants/new">{common.startTitle}</BackLink> : <BackLink to="/assistants">{common.back}</BackLink>}
    >
      {start.error !== null && <ErrorNote title={common.openFailed} error={start.error} />}
      {!toForm && <StartGallery onDraft={setDraft} />}
      {toForm && !start.initial && start.error === null && <FormSkeleton />}
      {toForm && start.initial && (
        <AssistantForm
          key={`${search.template ?? ""}/${search.clone ?? ""}`}
          id={null}
          sourceId={search.clone}
          initial={draft ? merged(start.initial, draft) : start.initial}
          readOnly={false}
          onSaved={(id) => void navigate({ to: "/chat", search: { assistant: id } })}
        />
      )}
    </Page>
  );
}
