import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import { MessageSquare } from "lucide-react";

import { Excerpt } from "./excerpt";
import { placeOf, SEARCH_FROM, searchQuery } from "./folder-queries";
import { text } from "./text";

interface ConversationHitsProps {
  typed: string;
  className: string;
  onChoose: () => void;
}

/** Conversations in which the typed words were said, for the command palette. */
export function ConversationHits({ typed, className, onChoose }: ConversationHitsProps) {
  const navigate = useNavigate();
  const { data = [] } = useQuery(searchQuery(typed.trim()));
  const chats = data.filter((item) => item.type === "chat").slice(0, 6);
  if (typed.trim().length < SEARCH_FROM || chats.length === 0) return null;
  return (
    <Command.Group heading={text.conversations}>
      {chats.map((item) => (
        // The server chose these: what was typed, in the value, keeps the palette's own filter from undoing that.
        <Command.Item
          key={item.id}
          value={`${typed} ${item.id}`}
          onSelect={() => {
            onChoose();
            void navigate({ to: "/chat/$conversationId", params: { conversationId: item.id }, search: placeOf(item) });
          }}
          className={className}
        >
          <MessageSquare aria-hidden className="shrink-0" />
          <span className="grid min-w-0 py-1">
            <span className="truncate">
              <Excerpt value={item.name} wanted={typed} />
            </span>
            {item.excerpt && (
              <span className="truncate text-xs text-fg-muted">
                <Excerpt value={item.excerpt} wanted={typed} />
              </span>
            )}
          </span>
        </Command.Item>
      ))}
    </Command.Group>
  );
}
