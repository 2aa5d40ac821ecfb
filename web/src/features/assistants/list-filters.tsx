import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";

import { FilterChip } from "@/components/filter-chip";
import { SearchInput } from "@/components/search-input";
import { sessionQuery } from "@/features/identity/queries";
import { patched } from "@/lib/search";

import { categoriesQuery } from "./queries";
import { text } from "./text";

const SORTS = (["usage", "likes", "name"] as const).map((value) => ({ value, label: text.sorts[value] }));
const ACCESSES = (["shared", "private"] as const).map((value) => ({ value, label: text.accesses[value] }));

/** What narrows and sorts the list, as far as the open scope can be. */
export function ListFilters() {
  const search = useSearch({ from: "/app/assistants" });
  const navigate = useNavigate({ from: "/assistants" });
  const { data: user } = useSuspenseQuery(sessionQuery);
  const { data: categories = [] } = useQuery(categoriesQuery);
  const projects = user.projects.map(({ name, display_name }) => ({ value: name, label: display_name ?? name }));
  const { scope } = search;
  const own = scope === undefined || scope === "mine";
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
        choices={categories.map(({ id, name }) => ({ value: id, label: name }))}
        onChange={(category) => void navigate({ search: (now) => patched(now, { category }) })}
      />
      {projects.length > 1 && (own || scope === "favorites") && (
        <FilterChip
          label={text.project}
          value={search.project}
          choices={projects}
          onChange={(project) => void navigate({ search: (now) => patched(now, { project }) })}
        />
      )}
      {own && (
        <FilterChip
          label={text.access}
          value={search.access}
          choices={ACCESSES}
          onChange={(value) => void navigate({ search: (now) => patched(now, { access: ACCESSES.find((one) => one.value === value)?.value }) })}
        />
      )}
      {(own || scope === "marketplace") && (
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
