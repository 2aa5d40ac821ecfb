import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { BookOpen, FileUp, Plus } from "lucide-react";
import { useState } from "react";

import { DataTable } from "@/components/data-table";
import { EmptyState } from "@/components/empty-state";
import { FilterChip } from "@/components/filter-chip";
import { Page } from "@/components/page";
import { Results } from "@/components/results";
import { SearchInput } from "@/components/search-input";
import { Button } from "@/components/ui/button";
import { Tabs } from "@/components/ui/tabs";
import { sessionQuery } from "@/features/identity/queries";
import { favoritesQuery } from "@/features/marketplace/queries";
import { patched } from "@/lib/search";

import { ImportSkill } from "./import-skill";
import { skillCategoriesQuery, skillsQuery } from "./queries";
import { skillColumns, type SkillRow } from "./skill-columns";
import { text } from "./text";

const PER_PAGE = 20;
const SORTS = (["created_date", "assistants_count"] as const).map((value) => ({ value, label: text.sorts[value] }));

function NewButton() {
  return (
    <Button asChild look="primary">
      <Link to="/skills/new">
        <Plus /> {text.create}
      </Link>
    </Button>
  );
}

function Filters() {
  const search = useSearch({ from: "/app/skills" });
  const navigate = useNavigate({ from: "/skills" });
  const { data: categories = [] } = useQuery(skillCategoriesQuery);
  return (
    <div className="flex flex-wrap items-center gap-2">
      <SearchInput
        className="min-w-56 flex-1 sm:max-w-sm"
        label={text.search}
        value={search.search ?? ""}
        onChange={(value) => void navigate({ replace: true, search: (now) => patched(now, { search: value || undefined }) })}
      />
      <FilterChip
        label={text.category}
        value={search.category}
        choices={categories}
        onChange={(category) => void navigate({ search: (now) => patched(now, { category }) })}
      />
      {search.scope !== "favorites" && (
        <FilterChip
          label={text.sort}
          value={search.sort}
          choices={SORTS}
          onChange={(value) => void navigate({ search: (now) => patched(now, { sort: SORTS.find((one) => one.value === value)?.value }) })}
        />
      )}
    </div>
  );
}

/** One page of the open scope; favourites come from a list of their own. */
function useRows() {
  const { scope, search, category, sort, page = 0 } = useSearch({ from: "/app/skills" });
  const { data: user } = useSuspenseQuery(sessionQuery);
  const favorites = scope === "favorites";
  const list = useQuery({
    ...skillsQuery({ page, perPage: PER_PAGE, search, category, sort, scope: favorites ? undefined : scope }),
    enabled: !favorites,
  });
  const kept = useQuery({ ...favoritesQuery("skills", user.user_id, { page, perPage: PER_PAGE, search, category }), enabled: favorites });
  return favorites ? kept : list;
}

export function SkillListPage() {
  const search = useSearch({ from: "/app/skills" });
  const navigate = useNavigate({ from: "/skills" });
  const [importing, setImporting] = useState(false);
  const query = useRows();
  const { scope } = search;
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
        current={scope ?? "all"}
        tabs={[
          { key: "all", label: text.scopes.all, link: { to: "/skills", search: keep } },
          ...(["project", "favorites", "marketplace"] as const).map((key) => ({
            key,
            label: text.scopes[key],
            link: { to: "/skills", search: { ...keep, scope: key } } as const,
          })),
        ]}
      />
      <Filters />
      <Results<SkillRow>
        query={query}
        loading={text.loading}
        failed={text.loadFailed}
        empty={
          <EmptyState icon={BookOpen} title={text.emptyTitle} text={text.emptyText}>
            <NewButton />
          </EmptyState>
        }
        noMatch={
          (search.search ?? search.category)
            ? { title: text.noMatchTitle, text: text.noMatchText, clear: text.clear, onClear: () => void navigate({ search: scope ? { scope } : {} }) }
            : undefined
        }
        onPage={(page) => void navigate({ search: (now) => ({ ...now, page }) })}
      >
        {(rows) => <DataTable label={text.title} rows={rows} columns={skillColumns} rowKey={({ id }) => id} />}
      </Results>
      {importing && <ImportSkill onClose={() => setImporting(false)} />}
    </Page>
  );
}
