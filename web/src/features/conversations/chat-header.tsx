import { Link, useSearch } from "@tanstack/react-router";
import { PanelLeft, SquarePen } from "lucide-react";
import type { ReactNode } from "react";

import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";

import { listOpen } from "./chat-page";
import { text } from "./text";

/** The chat's title row. On narrow screens it also opens the list and starts a new chat. */
export function ChatHeader({ title, children }: { title: string; children?: ReactNode }) {
  const { source, panel } = useSearch({ from: "/app/chat" });
  // With a panel open the list gives way up to 1400 px (see ChatPage).
  const listHidden = (source ?? panel) ? "min-[1400px]:hidden" : "min-[900px]:hidden";
  return (
    <header className="flex h-12 shrink-0 items-center gap-2 border-b border-line px-3 min-[900px]:px-5">
      <div className={listHidden}>
        <IconButton label={text.openConversations} size="icon" onClick={() => listOpen.set(true)}>
          <PanelLeft />
        </IconButton>
      </div>
      <h1 className="min-w-0 flex-1 truncate text-sm font-semibold">{title}</h1>
      {children}
      <div className={listHidden}>
        <Button asChild look="ghost" size="icon">
          <Link to="/chat" aria-label={text.newChat}>
            <SquarePen />
          </Link>
        </Button>
      </div>
    </header>
  );
}
