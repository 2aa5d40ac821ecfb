import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Plus, Users } from "lucide-react";

import { ColumnsMenu, useColumns } from "@/components/columns-menu";
import { DataTable } from "@/components/data-table";
import { EmptyState } from "@/components/empty-state";
import { FilterChip } from "@/components/filter-chip";
import { Page } from "@/components/page";
import { Results } from "@/components/results";
import { SearchInput } from "@/components/search-input";
import { Button } from "@/components/ui/button";
import { signInWaysQuery } from "@/features/identity/configuration";
import { sessionQuery } from "@/features/identity/queries";
import { isSuperuser, overseesUsers } from "@/features/identity/rights";
import { patched } from "@/lib/search";

import { projectNamesQuery, usersQuery, type UserFilters } from "./user-queries";
import { userColumns } from "./user-table";
import { text } from "./user-text";

const choices = (names: Record<string, string>) => Object.entries(names).map(([value, label]) => ({ value, label }));

function NewUserButton() {
  const { data: caller } = useSuspenseQuery(sessionQuery);
  const { data: ways } = useQuery(signInWaysQuery);
  if (!isSuperuser(caller) || !ways?.local) return null;
  return (
    <Button asChild look="primary">
      <Link to="/administration/users/new">
        <Plus /> {text.create}
      </Link>
    </Button>
  );
}

function useFilters() {
  const search = useSearch({ from: "/app/administration/users" });
  const navigate = useNavigate({ from: "/administration/users" });
  const change = (wanted: UserFilters, replace = false) =>
    void navigate({ replace, search: (now) => patched(now, wanted) });
  return { search, navigate, change };
}

function Filters() {
  const { search, change } = useFilters();
  const { data: caller } = useSuspenseQuery(sessionQuery);
  const { data: projects = [] } = useQuery({ ...projectNamesQuery, enabled: overseesUsers(caller) });
  const type = (value: string | undefined) => (value === "regular" || value === "external" ? value : undefined);
  const state = (value: string | undefined) => (value === "active" || value === "deactivated" ? value : undefined);
  const role = (value: string | undefined) =>
    value === "admin" || value === "platform_admin" || value === "user" || value === "auditor" ? value : undefined;
  return (
    <>
      <FilterChip label={text.role} value={search.role} choices={choices(text.roles)} onChange={(value) => change({ role: role(value) })} />
      <FilterChip label={text.state} value={search.state} choices={choices(text.states)} onChange={(value) => change({ state: state(value) })} />
      <FilterChip label={text.type} value={search.type} choices={choices(text.types)} onChange={(value) => change({ type: type(value) })} />
      <FilterChip
        label={text.project}
        value={search.project}
        choices={projects.map(({ name, displayName }) => ({ value: name, label: displayName ?? name }))}
        onChange={(project) => change({ project })}
      />
    </>
  );
}

export function UsersPage() {
  const { search, navigate, change } = useFilters();
  const query = useQuery(usersQuery(search));
  const { columns, hidden, toggle } = useColumns("users", userColumns);
  const filtered = Object.keys(search).some((key) => key !== "page");
  return (
    <Page title={text.title} description={text.description} wide actions={<NewUserButton />}>
      <div className="flex flex-wrap items-center gap-2">
        <SearchInput
          className="min-w-56 flex-1 sm:max-w-xs"
          label={text.search}
          value={search.search ?? ""}
          onChange={(value) => change({ search: value || undefined }, true)}
        />
        <Filters />
        <ColumnsMenu all={userColumns} hidden={hidden} onToggle={toggle} />
      </div>
      <Results
        query={query}
        loading={text.loading}
        failed={text.loadFailed}
        empty={<EmptyState icon={Users} title={text.emptyTitle} text={text.emptyText} />}
        noMatch={
          filtered
            ? { title: text.noMatchTitle, text: text.noMatchText, clear: text.clear, onClear: () => void navigate({ search: {} }) }
            : undefined
        }
        onPage={(page) => void navigate({ search: (now) => ({ ...now, page }) })}
      >
        {(rows) => <DataTable label={text.title} rows={rows} columns={columns} rowKey={({ id }) => id} muted={(row) => !row.is_active} />}
      </Results>
    </Page>
  );
}
