import { useQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";

import { BackLink } from "@/components/back-link";
import { ErrorNote } from "@/components/error-note";
import { Page } from "@/components/page";
import { RowSkeleton } from "@/components/results";
import { Tabs } from "@/components/ui/tabs";

import { AgentsTab } from "./agents-tab";
import { EngineNote } from "./engine-note";
import { KeyActions } from "./key-actions";
import { LogTab } from "./log-tab";
import { agentsQuery, keyQuery, type PluginKey } from "./queries";
import { RightsTab } from "./rights-tab";
import { StartPart } from "./start-part";
import { text } from "./text";

function Parts({ pluginKey }: { pluginKey: PluginKey }) {
  const { tab = "agents" } = useSearch({ from: "/app/plugins/$keyId" });
  const agents = useQuery(agentsQuery(pluginKey.id));
  const to = "/plugins/$keyId" as const;
  const params = { keyId: pluginKey.id };
  return (
    <>
      <EngineNote />
      {!pluginKey.is_usable && <p className="rounded-lg bg-bad-soft px-3 py-2 text-[13px] text-bad">{text.unusableText}</p>}
      <Tabs
        label={text.parts}
        current={tab}
        tabs={[
          { key: "agents", label: text.agents, count: agents.data?.length, link: { to, params, search: {} } },
          { key: "rights", label: text.rights, link: { to, params, search: { tab: "rights" } } },
          { key: "log", label: text.log, link: { to, params, search: { tab: "log" } } },
          { key: "start", label: text.start, link: { to, params, search: { tab: "start" } } },
        ]}
      />
      {tab === "agents" && <AgentsTab pluginKey={pluginKey} query={agents} />}
      {tab === "rights" && <RightsTab key={pluginKey.update_date} pluginKey={pluginKey} />}
      {tab === "log" && <LogTab keyId={pluginKey.id} />}
      {tab === "start" && <StartPart shown={null} />}
    </>
  );
}

export function PluginKeyPage() {
  const { keyId } = useParams({ from: "/app/plugins/$keyId" });
  const query = useQuery(keyQuery(keyId));
  const found = query.data;
  return (
    <Page
      title={found?.alias ?? text.title}
      description={found && `${found.scope === "user" ? text.mine : text.ofProject(found.project_name)}${found.mark ? ` · ${text.mark(found.mark)}` : ""}`}
      back={<BackLink to="/plugins">{text.back}</BackLink>}
      actions={found && <KeyActions pluginKey={found} />}
    >
      {query.isError && <ErrorNote title={text.openFailed} error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <RowSkeleton label={text.loading} />}
      {found && <Parts pluginKey={found} />}
    </Page>
  );
}
