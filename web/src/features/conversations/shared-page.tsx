import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { Link2Off } from "lucide-react";

import { ApiError } from "@/api/errors";
import { Delayed } from "@/components/delayed";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { Time } from "@/components/time";

import { ShareToken } from "./file-address";
import { ReadThread } from "./read-thread";
import { sharedConversationQuery } from "./sharing-queries";
import { text } from "./text";

function Missing() {
  return <EmptyState icon={Link2Off} title={text.sharedGone} text={text.sharedGoneText} />;
}

/** A conversation behind a link, for whoever is signed in: to read, not to change. */
export function SharedPage() {
  const { token } = useParams({ from: "/app/share/conversations/$token" });
  const query = useQuery(sharedConversationQuery(token));
  const shared = query.data;
  const title = shared?.conversation.conversation_name ?? text.sharedTitle;
  const gone = query.error instanceof ApiError && query.error.status === 404;
  return (
    <ShareToken value={token}>
      <title>{`${title} · CodeMie`}</title>
      <div className="h-full overflow-y-auto">
        <header className="border-b border-line">
          <div className="mx-auto grid max-w-3xl gap-1 px-4 py-5 sm:px-6">
            <h1 className="text-lg font-semibold tracking-tight break-words">{title}</h1>
            {shared && (
              <p className="text-[13px] text-fg-muted">
                {text.sharedBy(shared.shared_by)} <Time value={shared.created_at} /> · {text.readOnly}
              </p>
            )}
          </div>
        </header>
        <div className="mx-auto max-w-3xl px-4 py-6 sm:px-6">
          {query.isPending && (
            <Delayed label={text.sharedTitle}>
              <div className="grid gap-5">
                <div className="skeleton ml-auto h-10 w-64" />
                <div className="skeleton h-36" />
              </div>
            </Delayed>
          )}
          {gone ? <Missing /> : query.isError && <ErrorNote title={text.openFailed} error={query.error} onRetry={() => void query.refetch()} />}
          {shared && <ReadThread conversation={shared.conversation} asker={shared.shared_by} />}
        </div>
      </div>
    </ShareToken>
  );
}
