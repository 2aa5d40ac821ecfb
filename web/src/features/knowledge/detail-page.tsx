import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Link } from "@tanstack/react-router";
import { AppWindow, Bot, CircleStop, Pencil, RefreshCw, Trash2 } from "lucide-react";
import { useState } from "react";

import { Delayed } from "@/components/delayed";
import { ErrorNote } from "@/components/error-note";
import { Page } from "@/components/page";
import { Button } from "@/components/ui/button";
import { Tabs } from "@/components/ui/tabs";
import { applicationsQuery } from "@/features/administration/grants-queries";

import { BackToKnowledge } from "./create-page";
import { DeleteSource } from "./delete-source";
import { useLiveSource } from "./live";
import { useCancelIndexing, useReindex, type SourceDetail } from "./queries";
import { SkippedList } from "./skipped-list";
import { SourceOverview } from "./source-overview";
import { statusOf } from "./status";
import { StatusBadge } from "./status-badge";
import { text } from "./text";
import { TrySearch } from "./try-search";

interface ActionsProps {
  source: SourceDetail;
  reindex: ReturnType<typeof useReindex>;
}

/** Only where the operator lists applications. */
function GrantLink() {
  const { data: listed = [] } = useQuery(applicationsQuery);
  if (listed.length === 0) return null;
  return (
    <Button asChild>
      <Link to="/administration/applications">
        <AppWindow /> {text.grant}
      </Link>
    </Button>
  );
}

function Actions({ source, reindex }: ActionsProps) {
  const [removing, setRemoving] = useState(false);
  const navigate = useNavigate();
  const cancel = useCancelIndexing(source.id);
  const { running } = statusOf(source);
  const can = (ability: string) => source.user_abilities.includes(ability);
  return (
    <>
      {can("delete") && (
        <Button onClick={() => setRemoving(true)}>
          <Trash2 /> {text.remove}
        </Button>
      )}
      {can("write") && <GrantLink />}
      {can("write") && !running && (
        <Button asChild>
          <Link to="/knowledge/$sourceId/edit" params={{ sourceId: source.id }}>
            <Pencil /> {text.edit}
          </Link>
        </Button>
      )}
      {can("write") && running && (
        <Button disabled={cancel.isPending} onClick={() => cancel.mutate()}>
          <CircleStop /> {text.cancel}
        </Button>
      )}
      {can("write") && !running && (
        <Button disabled={reindex.isPending} onClick={() => reindex.mutate()}>
          <RefreshCw /> {reindex.isPending ? text.reindexing : text.reindex}
        </Button>
      )}
      <Button asChild look="primary">
        <Link to="/assistants/new" search={{ knowledge: source.repo_name }}>
          <Bot /> {text.ask}
        </Link>
      </Button>
      <DeleteSource source={source} open={removing} onOpenChange={setRemoving} onDeleted={() => void navigate({ to: "/knowledge" })} />
    </>
  );
}

function SourceTabs({ source, tab }: { source: SourceDetail; tab: string }) {
  const params = { sourceId: source.id };
  return (
    <Tabs
      label={source.repo_name}
      current={tab}
      tabs={[
        { key: "overview", label: text.overview, link: { to: "/knowledge/$sourceId", params } },
        {
          key: "skipped",
          label: text.skipped,
          count: source.processing_info?.skipped_documents ?? undefined,
          link: { to: "/knowledge/$sourceId", params, search: { tab: "skipped" } },
        },
        { key: "search", label: text.try, link: { to: "/knowledge/$sourceId", params, search: { tab: "search" } } },
      ]}
    />
  );
}

export function SourcePage() {
  const { sourceId } = useParams({ from: "/app/knowledge/$sourceId" });
  const { tab = "overview" } = useSearch({ from: "/app/knowledge/$sourceId" });
  const query = useLiveSource(sourceId);
  const reindex = useReindex(query.data);
  const source = query.data;
  if (!source) {
    return (
      <Page title={text.title} back={<BackToKnowledge />}>
        {query.isError ? (
          <ErrorNote title={text.openFailed} error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Delayed label={text.loading}>
            <div className="skeleton h-64" />
          </Delayed>
        )}
      </Page>
    );
  }
  return (
    <Page
      title={source.repo_name}
      description={source.description === source.repo_name ? undefined : source.description}
      badge={<StatusBadge row={source} />}
      back={<BackToKnowledge />}
      actions={<Actions source={source} reindex={reindex} />}
    >
      <SourceTabs source={source} tab={tab} />
      {reindex.isError && <ErrorNote error={reindex.error} onRetry={() => reindex.mutate()} />}
      {tab === "overview" && (
        <SourceOverview source={source} onRetry={source.user_abilities.includes("write") ? () => reindex.mutate() : undefined} />
      )}
      {tab === "skipped" && <SkippedList id={source.id} />}
      {tab === "search" && <TrySearch id={source.id} />}
    </Page>
  );
}
