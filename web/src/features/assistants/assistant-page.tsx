import { useQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";

import { BackLink } from "@/components/back-link";
import { Delayed } from "@/components/delayed";
import { ErrorNote } from "@/components/error-note";
import { Page } from "@/components/page";
import { Badge } from "@/components/ui/badge";
import { Tabs } from "@/components/ui/tabs";
import { text as market } from "@/features/marketplace/text";

import { AboutTab } from "./about-tab";
import { REMOTE } from "./agent-card";
import { AssistantActions } from "./assistant-actions";
import { assistantQuery, type Assistant } from "./queries";
import { SetupTab } from "./setup-tab";
import { text } from "./text";
import { VersionsTab } from "./versions-tab";

const Back = () => <BackLink to="/assistants">{text.back}</BackLink>;

function Badges({ assistant }: { assistant: Assistant }) {
  return (
    <>
      {assistant.type === REMOTE && <Badge>{text.agent.badge}</Badge>}
      {assistant.is_global && <Badge tone="accent">{market.published}</Badge>}
      <Badge>{assistant.shared ? text.shared : text.private}</Badge>
    </>
  );
}

function Content({ assistant, tab }: { assistant: Assistant; tab: string }) {
  const params = { assistantId: assistant.id };
  return (
    <Page
      title={assistant.name}
      description={assistant.description}
      badge={<Badges assistant={assistant} />}
      back={<Back />}
      actions={<AssistantActions assistant={assistant} />}
    >
      <Tabs
        label={assistant.name}
        current={tab}
        tabs={[
          { key: "about", label: text.tabs.about, link: { to: "/assistants/$assistantId", params } },
          {
            key: "versions",
            label: text.tabs.versions,
            count: assistant.version_count,
            link: { to: "/assistants/$assistantId", params, search: { tab: "versions" } },
          },
          { key: "setup", label: text.tabs.setup, link: { to: "/assistants/$assistantId", params, search: { tab: "setup" } } },
        ]}
      />
      {tab === "about" && <AboutTab assistant={assistant} />}
      {tab === "versions" && <VersionsTab assistant={assistant} />}
      {tab === "setup" && <SetupTab assistant={assistant} />}
    </Page>
  );
}

export function AssistantPage() {
  const { assistantId } = useParams({ from: "/app/assistants/$assistantId" });
  const { tab = "about" } = useSearch({ from: "/app/assistants/$assistantId" });
  const query = useQuery(assistantQuery(assistantId));
  if (query.data) return <Content key={assistantId} assistant={query.data} tab={tab} />;
  return (
    <Page title={text.title} back={<Back />}>
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
