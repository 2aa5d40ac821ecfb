import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Cable, Plus } from "lucide-react";

import { EmptyState } from "@/components/empty-state";
import { FilterChip } from "@/components/filter-chip";
import { Page } from "@/components/page";
import { Results } from "@/components/results";
import { SearchInput } from "@/components/search-input";
import { Button } from "@/components/ui/button";
import { Tabs } from "@/components/ui/tabs";
import { patched } from "@/lib/search";

import { CatalogueTab } from "./catalogue-tab";
import { IntegrationTable } from "./integration-table";
import { useIntegrationProjects } from "./projects";
import { settingsQuery, typesQuery, type Scope } from "./queries";
import { SharedTab } from "./shared-tab";
import { text } from "./text";

function AddButton() {
  return (
    <Button asChild look="primary">
      <Link to="/integrations" search={{ tab: "catalogue" }}>
        <Plus /> {text.add}
      </Link>
    </Button>
  );
}

function Empty({ text: said }: { text: string }) {
  return (
    <EmptyState icon={Cable} title={text.emptyTitle} text={said}>
      <AddButton />
    </EmptyState>
  );
}

/** What this person may change, of one scope. */
function OwnTab({ scope }: { scope: Scope }) {
  const search = useSearch({ from: "/app/integrations" });
  const navigate = useNavigate({ from: "/integrations" });
  const { of } = useIntegrationProjects();
  const types = useQuery(typesQuery);
  const query = useQuery(settingsQuery(scope, search));
  const choices = (types.data?.types ?? []).map(({ name, label }) => ({ value: name, label }));
  const filtered = search.search ?? search.type ?? search.project;
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <SearchInput
          className="min-w-56 flex-1 sm:max-w-sm"
          label={text.search}
          value={search.search ?? ""}
          onChange={(value) => void navigate({ replace: true, search: (now) => patched(now, { search: value || undefined }) })}
        />
        <FilterChip label={text.type} value={search.type} choices={choices} onChange={(type) => void navigate({ search: (now) => patched(now, { type }) })} />
        <FilterChip
          label={text.project}
          value={search.project}
          choices={of[scope].map((name) => ({ value: name, label: name }))}
          onChange={(project) => void navigate({ search: (now) => patched(now, { project }) })}
        />
      </div>
      <Results
        query={query}
        loading={text.loading}
        failed={text.loadFailed}
        empty={<Empty text={scope === "user" ? text.emptyText : text.emptyProjects} />}
        noMatch={
          filtered
            ? {
                title: text.noMatchTitle,
                text: text.noMatchText,
                clear: text.clear,
                onClear: () => void navigate({ search: scope === "user" ? {} : { tab: "project" } }),
              }
            : undefined
        }
        onPage={(page) => void navigate({ search: (now) => ({ ...now, page }) })}
      >
        {(rows) => <IntegrationTable rows={rows} />}
      </Results>
    </>
  );
}

export function IntegrationsPage() {
  const { tab = "mine", search } = useSearch({ from: "/app/integrations" });
  const navigate = useNavigate({ from: "/integrations" });
  const to = "/integrations" as const;
  return (
    <Page title={text.title} description={text.description} wide actions={<AddButton />}>
      <Tabs
        label={text.tabs}
        current={tab}
        tabs={[
          { key: "mine", label: text.mine, link: { to, search: {} } },
          { key: "project", label: text.projects, link: { to, search: { tab: "project" } } },
          { key: "shared", label: text.shared, link: { to, search: { tab: "shared" } } },
          { key: "catalogue", label: text.catalogue, link: { to, search: { tab: "catalogue" } } },
        ]}
      />
      {tab === "mine" && <OwnTab scope="user" />}
      {tab === "project" && <OwnTab scope="project" />}
      {tab === "shared" && <SharedTab />}
      {tab === "catalogue" && (
        <CatalogueTab
          search={search ?? ""}
          onSearch={(value) => void navigate({ replace: true, search: { tab: "catalogue", ...(value ? { search: value } : {}) } })}
        />
      )}
    </Page>
  );
}
