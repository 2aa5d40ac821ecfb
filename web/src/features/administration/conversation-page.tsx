import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { CircleCheckBig } from "lucide-react";
import { useState } from "react";

import { BackLink } from "@/components/back-link";
import { ErrorNote } from "@/components/error-note";
import { Page } from "@/components/page";
import { RowSkeleton } from "@/components/results";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { ReadThread } from "@/features/conversations/read-thread";

import { somebodysQuery } from "./conversations-queries";
import { text } from "./conversations-text";
import { FinishConversations } from "./finish-conversations";

/** Somebody's conversation, to read; it can be finished, not written in. */
export function ConversationPage() {
  const { userId, conversationId } = useParams({ from: "/app/administration/conversations/$userId/$conversationId" });
  const query = useQuery(somebodysQuery(userId, conversationId));
  const [finishing, setFinishing] = useState(false);
  const conversation = query.data;
  const finish = conversation && !conversation.finished_at && (
    <Button onClick={() => setFinishing(true)}>
      <CircleCheckBig /> {text.finish}
    </Button>
  );
  return (
    <Page
      title={conversation ? conversation.conversation_name || text.unnamed : text.title}
      description={conversation && `${conversation.user_name} · ${text.private}`}
      badge={conversation?.finished_at && <Badge>{text.states.finished}</Badge>}
      back={<BackLink to="/administration/conversations">{text.title}</BackLink>}
      actions={finish}
    >
      {query.isError && <ErrorNote title={text.openFailed} error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <RowSkeleton label={text.loading} />}
      {conversation?.history.length === 0 && <p className="text-[13px] text-fg-muted">{text.nothingSaid}</p>}
      {conversation && <ReadThread conversation={conversation} asker={conversation.user_name} />}
      {finishing && <FinishConversations ids={[conversationId]} onClose={() => setFinishing(false)} onDone={() => setFinishing(false)} />}
    </Page>
  );
}
