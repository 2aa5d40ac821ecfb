import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { SquarePen } from "lucide-react";
import { useState } from "react";

import { Delayed } from "@/components/delayed";
import { ErrorNote } from "@/components/error-note";
import { SearchInput } from "@/components/search-input";
import { Button } from "@/components/ui/button";

import { groupsOf } from "./conversation-groups";
import { ConversationItem } from "./conversation-item";
import { conversationsQuery } from "./queries";
import { text } from "./text";

function Skeleton() {
  return (
    <Delayed label={text.conversations}>
      <div className="grid gap-1.5 px-1 pt-2">
        {Array.from({ length: 8 }, (_, index) => (
          <div key={index} className="skeleton h-7" />
        ))}
      </div>
    </Delayed>
  );
}

export function ConversationList({ onOpen }: { onOpen: () => void }) {
  const [search, setSearch] = useState("");
  const query = useInfiniteQuery(conversationsQuery);
  const all = query.data ?? [];
  const shown = all.filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()));
  return (
    <div className="flex h-full min-h-0 flex-col gap-2 p-2.5">
      <Button asChild className="justify-start">
        <Link to="/chat" onClick={onOpen}>
          <SquarePen /> {text.newChat}
        </Link>
      </Button>
      {all.length > 5 && <SearchInput label={text.search} value={search} onChange={setSearch} />}
      <nav aria-label={text.conversations} className="-mx-1 min-h-0 flex-1 overflow-y-auto px-1">
        {query.isPending && <Skeleton />}
        {query.isError && <ErrorNote title={text.listFailed} error={query.error} onRetry={() => void query.refetch()} />}
        {query.isSuccess && shown.length === 0 && (
          <p className="px-2.5 py-2 text-[13px] text-fg-muted">{search ? text.listNoMatch : text.listEmpty}</p>
        )}
        {groupsOf(shown).map((group) => (
          <section key={group.label} aria-label={group.label} className="mb-3">
            <h2 className="px-2.5 py-1 text-xs font-medium text-fg-faint">{group.label}</h2>
            <ul className="grid grid-cols-[minmax(0,1fr)] gap-px">
              {group.items.map((conversation) => (
                <ConversationItem key={conversation.id} conversation={conversation} onOpen={onOpen} />
              ))}
            </ul>
          </section>
        ))}
        {query.hasNextPage && (
          <Button look="ghost" size="sm" className="w-full" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {text.loadMore}
          </Button>
        )}
      </nav>
    </div>
  );
}
