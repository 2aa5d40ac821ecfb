import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Bot, Plus, SearchX } from "lucide-react";

import { Delayed } from "@/components/delayed";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { Page } from "@/components/page";
import { Pager } from "@/components/pager";
import { SearchInput } from "@/components/search-input";
import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/select";
import { Tabs } from "@/components/ui/tabs";
import { sessionQuery } from "@/features/identity/queries";

import { AssistantCard } from "./assistant-card";
import { assistantsQuery, type ListParams } from "./queries";
import { text } from "./text";

const SCOPES: Record<"visible" | "mine" | "marketplace", ListParams["scope"]> = {
  visible: "visible_to_user",
  mine: "created_by_user",
  marketplace: "marketplace",
};
const grid = "grid gap-3 sm:grid-cols-2 xl:grid-cols-3";

function NewButton() {
  return (
    <Button asChild look="primary">
      <Link to="/assistants/new">
        <Plus /> {text.create}
      </Link>
    </Button>
  );
}

function Skeleton() {
  return (
    <Delayed label={text.loading}>
      <div className={grid}>
        {Array.from({ length: 6 }, (_, index) => (
          <div key={index} className="skeleton h-39" />
        ))}
      </div>
    </Delayed>
  );
}

function Results() {
  const search = useSearch({ from: "/app/assistants" });
  const navigate = useNavigate({ from: "/assistants" });
  const params = { scope: SCOPES[search.scope ?? "visible"], page: search.page ?? 0, perPage: 12 };
  const query = useQuery(assistantsQuery({ ...params, search: search.search, project: search.project }));
  if (query.isPending) return <Skeleton />;
  if (query.isError) return <ErrorNote title={text.loadFailed} error={query.error} onRetry={() => void query.refetch()} />;
  const { data, pagination } = query.data;
  if (data.length > 0) {
    return (
      <>
        <ul className={grid}>
          {data.map((assistant) => (
            <AssistantCard key={assistant.id} assistant={assistant} />
          ))}
        </ul>
        <Pager pagination={pagination} onPage={(page) => void navigate({ search: (now) => ({ ...now, page }) })} />
      </>
    );
  }
  return search.search || search.project ? (
    <EmptyState icon={SearchX} title={text.noMatchTitle} text={text.noMatchText}>
      <Button onClick={() => void navigate({ search: search.scope ? { scope: search.scope } : {} })}>{text.clear}</Button>
    </EmptyState>
  ) : (
    <EmptyState icon={Bot} title={text.emptyTitle} text={text.emptyText}>
      <NewButton />
    </EmptyState>
  );
}

export function AssistantListPage() {
  const search = useSearch({ from: "/app/assistants" });
  const navigate = useNavigate({ from: "/assistants" });
  const { data: user } = useSuspenseQuery(sessionQuery);
  const projects = user.projects.map(({ name, display_name }) => ({ value: name, label: display_name ?? name }));
  const scope = search.scope ?? "visible";
  const keep = search.search ? { search: search.search } : {};
  return (
    <Page title={text.title} description={text.description} wide actions={<NewButton />}>
      <Tabs
        label={text.scopeLabel}
        current={scope}
        tabs={[
          { key: "visible", label: text.scopes.visible, link: { to: "/assistants", search: keep } },
          { key: "mine", label: text.scopes.mine, link: { to: "/assistants", search: { ...keep, scope: "mine" } } },
          { key: "marketplace", label: text.scopes.marketplace, link: { to: "/assistants", search: { ...keep, scope: "marketplace" } } },
        ]}
      />
      <div className="flex flex-wrap gap-2">
        <SearchInput
          className="min-w-56 flex-1 sm:max-w-sm"
          label={text.search}
          value={search.search ?? ""}
          onChange={(value) =>
            void navigate({ replace: true, search: ({ page: _page, search: _search, ...rest }) => (value ? { ...rest, search: value } : rest) })
          }
        />
        {projects.length > 1 && (
          <Select
            className="w-48"
            label={text.project}
            value={search.project ?? "*"}
            onChange={(value) =>
              void navigate({ search: ({ page: _page, project: _project, ...rest }) => (value === "*" ? rest : { ...rest, project: value }) })
            }
            options={[{ value: "*", label: text.allProjects }, ...projects]}
          />
        )}
      </div>
      <Results />
    </Page>
  );
}
