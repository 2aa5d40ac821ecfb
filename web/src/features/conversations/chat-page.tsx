import { Outlet, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";

import { createStore, useStore } from "@/app/store";
import { Sheet } from "@/components/ui/sheet";
import { useMediaQuery } from "@/lib/use-media-query";

import { ConversationList } from "./conversation-list";
import { text } from "./text";

const FilesPanel = lazy(() => import("./files-panel").then(({ FilesPanel: component }) => ({ default: component })));
const PassagePanel = lazy(() => import("./passage-panel").then(({ PassagePanel: component }) => ({ default: component })));

/** Opened from the title row when the list does not fit beside the chat. */
export const listOpen = createStore(false);

export function ChatPage() {
  const { source, panel } = useSearch({ from: "/app/chat" });
  const wide = useMediaQuery("(min-width: 900px)");
  const roomForAll = useMediaQuery("(min-width: 1400px)");
  const open = useStore(listOpen);
  const closeList = () => listOpen.set(false);
  return (
    <div className="flex h-full min-h-0">
      {wide && (!(source ?? panel) || roomForAll) ? (
        <div className="w-64 shrink-0 border-r border-line">
          <ConversationList onOpen={closeList} />
        </div>
      ) : (
        <Sheet open={open} onOpenChange={listOpen.set} title={text.conversations}>
          <ConversationList onOpen={closeList} />
        </Sheet>
      )}
      <div className="flex min-w-0 flex-1 flex-col">
        <Outlet />
      </div>
      <Suspense>{source ? <PassagePanel /> : panel && <FilesPanel />}</Suspense>
    </div>
  );
}
