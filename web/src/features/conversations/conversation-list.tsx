import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FolderPlus, SquarePen } from "lucide-react";
import { useState } from "react";

import { Delayed } from "@/components/delayed";
import { ErrorNote } from "@/components/error-note";
import { SearchInput } from "@/components/search-input";
import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { cn } from "@/lib/cn";

import { useDropOfConversation } from "./conversation-drag";
import { groupsOf } from "./conversation-groups";
import { ConversationItem } from "./conversation-item";
import { foldersQuery, SEARCH_FROM, useCreateFolder } from "./folder-queries";
import { FolderSection, openFolder } from "./folder-section";
import { NameField } from "./name-field";
import { conversationsQuery } from "./queries";
import { SearchResults } from "./search-results";
import { text } from "./text";
import type { ConversationSummary } from "./wire";

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

function Items({ items, onOpen }: { items: readonly ConversationSummary[]; onOpen: () => void }) {
  return (
    <ul className="grid grid-cols-[minmax(0,1fr)] gap-px">
      {items.map((conversation) => (
        <ConversationItem key={conversation.id} conversation={conversation} onOpen={onOpen} />
      ))}
    </ul>
  );
}

function Folders({ all, onOpen }: { all: readonly ConversationSummary[]; onOpen: () => void }) {
  const { data: folders = [] } = useQuery(foldersQuery);
  if (folders.length === 0) return null;
  return (
    <div className="mb-3 grid grid-cols-[minmax(0,1fr)] gap-px">
      {folders.map(({ id, folder_name }) => {
        const items = all.filter(({ folder }) => folder === folder_name);
        return (
          <FolderSection key={id} name={folder_name} size={items.length}>
            <Items items={items} onOpen={onOpen} />
          </FolderSection>
        );
      })}
    </div>
  );
}

/** What is in no folder, by day; dropping a conversation here takes it out of its folder. */
function Loose({ all, onOpen }: { all: readonly ConversationSummary[]; onOpen: () => void }) {
  const { over, handlers } = useDropOfConversation("");
  return (
    <div {...handlers} className={cn("min-h-16 rounded-md", over && "bg-accent-soft")}>
      {groupsOf(all.filter(({ folder, pinned }) => !folder || pinned)).map((group) => (
        <section key={group.label} aria-label={group.label} className="mb-3">
          <h2 className="px-2.5 py-1 text-xs font-medium text-fg-faint">{group.label}</h2>
          <Items items={group.items} onOpen={onOpen} />
        </section>
      ))}
    </div>
  );
}

function NewFolder({ onDone }: { onDone: () => void }) {
  const create = useCreateFolder();
  const make = (name: string | null) => {
    if (!name) {
      onDone();
      return;
    }
    create.mutate(name, {
      onSuccess: () => {
        openFolder(name);
        onDone();
      },
    });
  };
  return (
    <>
      <NameField label={text.folderName} name="" onDone={make} />
      {create.isError && <ErrorNote title={text.folderFailed} error={create.error} />}
    </>
  );
}

function Head({ onOpen }: { onOpen: () => void }) {
  const [naming, setNaming] = useState(false);
  return (
    <>
      <div className="flex gap-1.5">
        <Button asChild className="flex-1 justify-start">
          <Link to="/chat" onClick={onOpen}>
            <SquarePen /> {text.newChat}
          </Link>
        </Button>
        <IconButton label={text.newFolder} look="outline" size="icon" onClick={() => setNaming(true)}>
          <FolderPlus />
        </IconButton>
      </div>
      {naming && <NewFolder onDone={() => setNaming(false)} />}
    </>
  );
}

function All({ words, onOpen }: { words: string; onOpen: () => void }) {
  const query = useInfiniteQuery(conversationsQuery);
  const all = query.data ?? [];
  const shown = all.filter(({ name }) => name.toLowerCase().includes(words.toLowerCase()));
  return (
    <>
      {query.isPending && <Skeleton />}
      {query.isError && <ErrorNote title={text.listFailed} error={query.error} onRetry={() => void query.refetch()} />}
      {!words && <Folders all={all} onOpen={onOpen} />}
      {query.isSuccess && shown.length === 0 && <p className="px-2.5 py-2 text-[13px] text-fg-muted">{words ? text.listNoMatch : text.listEmpty}</p>}
      <Loose all={shown} onOpen={onOpen} />
      {query.hasNextPage && (
        <Button look="ghost" size="sm" className="w-full" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {text.loadMore}
        </Button>
      )}
    </>
  );
}

export function ConversationList({ onOpen }: { onOpen: () => void }) {
  const [words, setWords] = useState("");
  const showFolder = (name: string) => {
    openFolder(name);
    setWords("");
  };
  return (
    <div className="flex h-full min-h-0 flex-col gap-2 p-2.5">
      <Head onOpen={onOpen} />
      <SearchInput label={text.search} value={words} onChange={setWords} />
      <nav aria-label={text.conversations} className="-mx-1 min-h-0 flex-1 overflow-y-auto px-1">
        {words.length >= SEARCH_FROM ? <SearchResults wanted={words} onOpen={onOpen} onFolder={showFolder} /> : <All words={words} onOpen={onOpen} />}
      </nav>
    </div>
  );
}
