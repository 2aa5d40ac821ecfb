import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Folder } from "lucide-react";

import { Delayed } from "@/components/delayed";
import { ErrorNote } from "@/components/error-note";
import { Time } from "@/components/time";

import { Excerpt } from "./excerpt";
import { placeOf, searchQuery, type Found } from "./folder-queries";
import { text } from "./text";

function Hit({ item, wanted, onOpen }: { item: Found; wanted: string; onOpen: () => void }) {
  return (
    <Link
      to="/chat/$conversationId"
      params={{ conversationId: item.id }}
      search={placeOf(item)}
      onClick={onOpen}
      className="grid grid-cols-[minmax(0,1fr)] gap-0.5 rounded-md px-2.5 py-1.5 hover:bg-muted"
      activeProps={{ className: "bg-muted" }}
    >
      <span className="flex items-baseline gap-2">
        <span className="min-w-0 flex-1 truncate text-[13px] font-medium">
          <Excerpt value={item.name} wanted={wanted} />
        </span>
        <Time value={item.updated_at} className="text-xs text-fg-muted" />
      </span>
      {item.excerpt && (
        <span className="line-clamp-2 text-xs wrap-anywhere text-fg-muted">
          <Excerpt value={item.excerpt} wanted={wanted} />
        </span>
      )}
    </Link>
  );
}

interface SearchResultsProps {
  wanted: string;
  onOpen: () => void;
  onFolder: (name: string) => void;
}

/** Conversations by name and by what was said in them; a hit leads to its message. */
export function SearchResults({ wanted, onOpen, onFolder }: SearchResultsProps) {
  const query = useQuery(searchQuery(wanted));
  if (query.isPending) {
    return (
      <Delayed label={text.search}>
        <div className="grid gap-1.5 pt-2">
          {Array.from({ length: 5 }, (_, at) => (
            <div key={at} className="skeleton h-12" />
          ))}
        </div>
      </Delayed>
    );
  }
  if (query.isError) return <ErrorNote title={text.searchFailed} error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data.length === 0) return <p className="px-2.5 py-2 text-[13px] text-fg-muted">{text.searchNothing(wanted)}</p>;
  return (
    <ul aria-label={text.searchResults} aria-busy={query.isPlaceholderData} className="grid grid-cols-[minmax(0,1fr)] gap-px">
      {query.data.map((item) => (
        <li key={`${item.type} ${item.id}`}>
          {item.type === "folder" ? (
            <button type="button" onClick={() => onFolder(item.name)} className="flex min-h-8 w-full items-center gap-2 rounded-md px-2.5 text-left text-[13px] font-medium hover:bg-muted">
              <Folder className="size-4 shrink-0 text-fg-muted" aria-hidden />
              <span className="truncate">
                <Excerpt value={item.name} wanted={wanted} />
              </span>
            </button>
          ) : (
            <Hit item={item} wanted={wanted} onOpen={onOpen} />
          )}
        </li>
      ))}
    </ul>
  );
}
