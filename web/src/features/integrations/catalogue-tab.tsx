import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { SearchX } from "lucide-react";

import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { RowSkeleton } from "@/components/results";
import { SearchInput } from "@/components/search-input";
import { Button } from "@/components/ui/button";

import { typesQuery, type IntegrationType } from "./queries";
import { text } from "./text";
import { TypeMark } from "./type-mark";

function TypeCard({ type }: { type: IntegrationType }) {
  return (
    <Link
      to="/integrations/new"
      search={{ type: type.name }}
      className="flex items-start gap-3 rounded-lg border border-line p-3 hover:border-line-strong hover:bg-subtle"
    >
      <TypeMark type={type.name} />
      <span className="grid min-w-0">
        <span className="text-[13px] font-medium">{type.label}</span>
        <span className="text-xs text-fg-muted">{type.about}</span>
      </span>
    </Link>
  );
}

const fits = (type: IntegrationType, search: string) => [type.name, type.label, type.about, type.group].some((said) => said.toLowerCase().includes(search.toLowerCase()));

/** Everything that can be connected, in groups. */
export function CatalogueTab({ search, onSearch }: { search: string; onSearch: (search: string) => void }) {
  const query = useQuery(typesQuery);
  if (query.isPending) return <RowSkeleton label={text.loading} />;
  if (query.isError) return <ErrorNote title={text.loadFailed} error={query.error} onRetry={() => void query.refetch()} />;
  const found = query.data.types.filter((type) => type.offered && fits(type, search));
  const groups = [...new Set(found.map(({ group }) => group))];
  return (
    <>
      <SearchInput className="sm:max-w-sm" label={text.searchTypes} value={search} onChange={onSearch} />
      {groups.length === 0 && (
        <EmptyState icon={SearchX} title={text.noTypeTitle} text={text.noTypeText}>
          <Button onClick={() => onSearch("")}>{text.clear}</Button>
        </EmptyState>
      )}
      {groups.map((group) => (
        <section key={group} aria-label={group} className="grid gap-2">
          <h2 className="text-sm font-semibold">{group}</h2>
          <div className="grid gap-2 sm:grid-cols-2 lg:grid-cols-3">
            {found.filter((type) => type.group === group).map((type) => <TypeCard key={type.name} type={type} />)}
          </div>
        </section>
      ))}
    </>
  );
}
