import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { MessageSquare } from "lucide-react";

import { BackLink } from "@/components/back-link";
import { ErrorNote } from "@/components/error-note";
import { Page } from "@/components/page";
import { Button } from "@/components/ui/button";

import { AssistantForm } from "./assistant-form";
import { formFrom } from "./draft";
import { FormSkeleton, useDefaultModelName } from "./form-skeleton";
import { assistantQuery } from "./queries";
import { text } from "./text";

export function EditAssistantPage() {
  const { assistantId } = useParams({ from: "/app/assistants/$assistantId/edit" });
  const query = useQuery(assistantQuery(assistantId));
  const model = useDefaultModelName();
  const assistant = query.data;
  const readOnly = assistant ? !assistant.user_abilities?.includes("write") : true;
  return (
    <Page
      title={assistant ? text.editTitle(assistant.name) : text.title}
      wide
      back={
        <BackLink to="/assistants/$assistantId" params={{ assistantId }}>
          {assistant?.name ?? text.title}
        </BackLink>
      }
      actions={
        assistant && (
          <Button asChild>
            <Link to="/chat" search={{ assistant: assistant.id }}>
              <MessageSquare /> {text.chat}
            </Link>
          </Button>
        )
      }
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
