import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { FilePlus2, GitBranch, Library, Plus } from "lucide-react";

import { EmptyState } from "@/components/empty-state";
import { Page } from "@/components/page";
import { Results } from "@/components/results";
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

function SourceResults() {
  const search = useSearch({ from: "/app/knowledge" });
  const navigate = useNavigate({ from: "/knowledge" });
  const query = useQuery(sourcesQuery({ page: search.page ?? 0, search: search.search, status: search.status }));
  return (
    <Results
      query={query}
      loading={text.loading}
      failed={text.loadFailed}
      empty={<FirstSource />}
      noMatch={
        search.search || search.status
          ? { title: text.noMatchTitle, text: text.noMatchText, clear: text.clear, onClear: () => void navigate({ search: {} }) }
          : undefined
      }
      onPage={(page) => void navigate({ search: (now) => ({ ...now, page }) })}
    >
      {(sources) => <SourceTable sources={sources} />}
    </Results>
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
      <SourceResults />
    </Page>
  );
}
