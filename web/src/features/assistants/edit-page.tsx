import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { MessageSquare, Trash2 } from "lucide-react";
import { useState, type ReactNode } from "react";

import { BackLink } from "@/components/back-link";
import { Delayed } from "@/components/delayed";
import { ErrorNote } from "@/components/error-note";
import { Page } from "@/components/page";
import { Button } from "@/components/ui/button";
import { defaultProject, sessionQuery } from "@/features/identity/queries";
import { modelsQuery } from "@/features/models/queries";

import { AssistantForm } from "./assistant-form";
import { DeleteAssistant } from "./delete-assistant";
import { emptyForm, formFrom } from "./draft";
import { assistantQuery, contextQuery, type Assistant } from "./queries";
import { text } from "./text";

function Back() {
  return <BackLink to="/assistants">{text.back}</BackLink>;
}

function FormSkeleton(): ReactNode {
  return (
    <Delayed label={text.loading}>
      <div className="grid gap-6">
        <div className="skeleton h-28" />
        <div className="skeleton h-64" />
        <div className="skeleton h-28" />
      </div>
    </Delayed>
  );
}

function useDefaultModelName() {
  const query = useQuery(modelsQuery);
  const model = query.data?.find((item) => item.default) ?? query.data?.[0];
  return { ready: !query.isPending, name: model?.base_name ?? "" };
}

export function NewAssistantPage() {
  const { knowledge } = useSearch({ from: "/app/assistants/new" });
  const { data: user } = useSuspenseQuery(sessionQuery);
  const project = defaultProject(user);
  const model = useDefaultModelName();
  const context = useQuery(contextQuery(project));
  const navigate = useNavigate();
  const chosen = context.data?.filter((item) => item.name === knowledge) ?? [];
  const initial = { ...emptyForm(project, model.name), context: chosen.map(({ context_type, name }) => ({ context_type, name })) };
  return (
    <Page title={text.newTitle} back={<Back />}>
      {model.ready && !context.isPending ? (
        <AssistantForm
          id={null}
          initial={initial}
          readOnly={false}
          onSaved={(id) => void navigate({ to: "/chat", search: { assistant: id } })}
        />
      ) : (
        <FormSkeleton />
      )}
    </Page>
  );
}

function Actions({ assistant }: { assistant: Assistant }) {
  const [removing, setRemoving] = useState(false);
  const navigate = useNavigate();
  return (
    <>
      {assistant.user_abilities?.includes("delete") && (
        <Button onClick={() => setRemoving(true)}>
          <Trash2 /> {text.remove}
        </Button>
      )}
      <Button asChild look="primary">
        <Link to="/chat" search={{ assistant: assistant.id }}>
          <MessageSquare /> {text.chat}
        </Link>
      </Button>
      <DeleteAssistant
        assistant={assistant}
        open={removing}
        onOpenChange={setRemoving}
        onDeleted={() => void navigate({ to: "/assistants" })}
      />
    </>
  );
}

export function AssistantPage() {
  const { assistantId } = useParams({ from: "/app/assistants/$assistantId" });
  const query = useQuery(assistantQuery(assistantId));
  const model = useDefaultModelName();
  const assistant = query.data;
  const readOnly = assistant ? !assistant.user_abilities?.includes("write") : true;
  return (
    <Page
      title={assistant?.name ?? text.title}
      back={<Back />}
      actions={assistant && <Actions assistant={assistant} />}
      description={assistant && readOnly ? text.readOnly : undefined}
    >
      {query.isError && <ErrorNote title={text.openFailed} error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <FormSkeleton />}
      {assistant && model.ready && (
        <AssistantForm key={assistant.id} id={assistant.id} initial={formFrom(assistant, model.name)} readOnly={readOnly} onSaved={() => undefined} />
      )}
    </Page>
  );
}
