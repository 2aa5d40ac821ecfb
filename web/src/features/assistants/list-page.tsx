import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Bot, FileUp, Globe, Plus, Star, type LucideIcon } from "lucide-react";
import { useState } from "react";

import { Delayed } from "@/components/delayed";
import { EmptyState } from "@/components/empty-state";
import { Page } from "@/components/page";
import { Results } from "@/components/results";
import { Button } from "@/components/ui/button";
import { Tabs } from "@/components/ui/tabs";
import { sessionQuery } from "@/features/identity/queries";
import { favoritesQuery } from "@/features/marketplace/queries";
import { patched } from "@/lib/search";

import { AssistantCard } from "./assistant-card";
import { ImportDialog } from "./import-dialog";
import { ListFilters } from "./list-filters";
import { assistantsQuery, type AssistantCardItem, type ListParams } from "./queries";
import { TemplateList } from "./template-list";
import { text } from "./text";

const SCOPES: Record<"visible" | "mine" | "marketplace", ListParams["scope"]> = {
  visible: "visible_to_user",
  mine: "created_by_user",
  marketplace: "marketplace",
};
const PER_PAGE = 12;
export const cardGrid = "grid grid-cols-[minmax(0,1fr)] gap-3 sm:grid-cols-2 xl:grid-cols-3";

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
      <div className={cardGrid}>
        {Array.from({ length: 6 }, (_, index) => (
          <div key={index} className="skeleton h-39" />
        ))}
      </div>
    </Delayed>
  );
}

const EMPTY: Record<string, { icon: LucideIcon; title: string; text: string }> = {
  favorites: { icon: Star, title: text.noFavoritesTitle, text: text.noFavoritesText },
  marketplace: { icon: Globe, title: text.noMarketTitle, text: text.noMarketText },
};

/** One page of the open scope; favourites come from a list of their own. */
function useCards() {
  const search = useSearch({ from: "/app/assistants" });
  const { data: user } = useSuspenseQuery(sessionQuery);
  const { search: words, project, category, page = 0, sort } = search;
  const shared = search.access === undefined ? undefined : search.access === "shared";
  const favorites = search.scope === "favorites";
  const scope = SCOPES[search.scope === "mine" || search.scope === "marketplace" ? search.scope : "visible"];
  const list = useQuery({
    ...assistantsQuery({ scope, page, perPage: PER_PAGE, search: words, project, category, shared, sort }),
    enabled: !favorites,
  });
  const kept = useQuery({
    ...favoritesQuery("assistants", user.user_id, { page, perPage: PER_PAGE, search: words, project, category }),
    enabled: favorites,
  });
  return favorites ? kept : list;
}

function Cards() {
  const search = useSearch({ from: "/app/assistants" });
  const navigate = useNavigate({ from: "/assistants" });
  const query = useCards();
  const { scope } = search;
  const empty = EMPTY[scope ?? ""] ?? { icon: Bot, title: text.emptyTitle, text: text.emptyText };
  const narrowed = search.search ?? search.project ?? search.category ?? search.access;
  if (query.isPending) return <Skeleton />;
  return (
    <Results<AssistantCardItem>
      query={query}
      loading={text.loading}
      failed={text.loadFailed}
      empty={
        <EmptyState {...empty}>
          <NewButton />
        </EmptyState>
      }
      noMatch={
        narrowed
          ? { title: text.noMatchTitle, text: text.noMatchText, clear: text.clear, onClear: () => void navigate({ search: scope ? { scope } : {} }) }
          : undefined
      }
      onPage={(page) => void navigate({ search: (now) => ({ ...now, page }) })}
    >
      {(rows) => (
        <ul className={cardGrid}>
          {rows.map((assistant) => (
            <AssistantCard key={assistant.id} assistant={assistant} leadsTo={scope === "marketplace" ? "about" : "chat"} />
          ))}
        </ul>
      )}
    </Results>
  );
}

export function AssistantListPage() {
  const search = useSearch({ from: "/app/assistants" });
  const [importing, setImporting] = useState(false);
  const scope = search.scope ?? "visible";
  const keep = patched({}, { search: search.search, category: search.category });
  const actions = (
    <>
      <Button onClick={() => setImporting(true)}>
        <FileUp /> {text.import}
      </Button>
      <NewButton />
    </>
  );
  return (
    <Page title={text.title} description={text.description} wide actions={actions}>
      <Tabs
        label={text.scopeLabel}
        current={scope}
        tabs={(["visible", "mine", "favorites", "marketplace", "templates"] as const).map((key) => ({
          key,
          label: text.scopes[key],
          link: { to: "/assistants", search: key === "visible" ? keep : { ...keep, scope: key } },
        }))}
      />
      <ListFilters />
      {scope === "templates" ? <TemplateList /> : <Cards />}
      {importing && <ImportDialog onClose={() => setImporting(false)} />}
    </Page>
  );
}
