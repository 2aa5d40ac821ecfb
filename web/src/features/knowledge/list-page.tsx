import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { FilePlus2, GitBranch, Library, Plus, SearchX } from "lucide-react";

import { Delayed } from "@/components/delayed";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { Page } from "@/components/page";
import { Pager } from "@/components/pager";
import { SearchInput } from "@/components/search-input";
import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/select";

import { sourcesQuery } from "./queries";
import { SourceTable } from "./source-table";
import { text } from "./text";

const STATUS_OPTIONS = [
  { value: "*", label: text.anyStatus },
  { value: "completed", label: "Ready" },
  { value: "in_progress", label: "In progress" },
  { value: "failed", label: "Failed" },
];

function FirstSource() {
  return (
    <EmptyState icon={Library} title={text.emptyTitle} text={text.emptyText}>
      <Button asChild look="primary">
        <Link to="/knowledge/new" search={{ type: "file" }}>
          <FilePlus2 /> {text.addFiles}
        </Link>
      </Button>
      <Button asChild>
        <Link to="/knowledge/new" search={{ type: "git" }}>
          <GitBranch /> {text.addGit}
        </Link>
      </Button>
    </EmptyState>
  );
}

function Results() {
  const search = useSearch({ from: "/app/knowledge" });
  const navigate = useNavigate({ from: "/knowledge" });
  const query = useQuery(sourcesQuery({ page: search.page ?? 0, search: search.search, status: search.status }));
  if (query.isPending) {
    return (
      <Delayed label={text.loading}>
        <div className="grid gap-2">
          {Array.from({ length: 5 }, (_, index) => (
            <div key={index} className="skeleton h-13" />
          ))}
        </div>
      </Delayed>
    );
  }
  if (query.isError) return <ErrorNote title={text.loadFailed} error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data.data.length > 0) {
    return (
      <>
        <SourceTable sources={query.data.data} />
        <Pager pagination={query.data.pagination} onPage={(page) => void navigate({ search: (now) => ({ ...now, page }) })} />
      </>
    );
  }
  return search.search || search.status ? (
    <EmptyState icon={SearchX} title={text.noMatchTitle} text={text.noMatchText}>
      <Button onClick={() => void navigate({ search: {} })}>{text.clear}</Button>
    </EmptyState>
  ) : (
    <FirstSource />
  );
}

export function KnowledgeListPage() {
  const search = useSearch({ from: "/app/knowledge" });
  const navigate = useNavigate({ from: "/knowledge" });
  const setStatus = (value: string) => {
    const status = value === "completed" || value === "in_progress" || value === "failed" ? value : undefined;
    void navigate({ search: ({ page: _page, status: _status, ...rest }) => (status ? { ...rest, status } : rest) });
  };
  return (
    <Page
      title={text.title}
      description={text.description}
      wide
      actions={
        <Button asChild look="primary">
          <Link to="/knowledge/new" search={{ type: "file" }}>
            <Plus /> {text.add}
          </Link>
        </Button>
      }
    >
      <div className="flex flex-wrap gap-2">
        <SearchInput
          className="min-w-56 flex-1 sm:max-w-sm"
          label={text.search}
          value={search.search ?? ""}
          onChange={(value) =>
            void navigate({ replace: true, search: ({ page: _page, search: _search, ...rest }) => (value ? { ...rest, search: value } : rest) })
          }
        />
        <Select className="w-40" label={text.status} value={search.status ?? "*"} onChange={setStatus} options={STATUS_OPTIONS} />
      </div>
      <Results />
    </Page>
  );
}
