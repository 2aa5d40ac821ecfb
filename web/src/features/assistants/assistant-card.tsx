import { Link, useNavigate, type LinkProps } from "@tanstack/react-router";
import { Ellipsis, Eye, MessageSquare, Pencil, ThumbsUp, Trash2, Users } from "lucide-react";
import { useState } from "react";

import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Menu, MenuContent, MenuItem, MenuTrigger } from "@/components/ui/menu";
import { FavoriteButton } from "@/features/marketplace/reactions";
import { text as market } from "@/features/marketplace/text";

import { REMOTE } from "./agent-card";
import { AssistantAvatar } from "./avatar";
import { DeleteAssistant } from "./delete-assistant";
import type { AssistantCardItem } from "./queries";
import { text } from "./text";

function CardMenu({ assistant, onDelete }: { assistant: AssistantCardItem; onDelete: () => void }) {
  const navigate = useNavigate();
  const params = { assistantId: assistant.id };
  const can = (ability: string) => assistant.user_abilities?.includes(ability) ?? false;
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button look="ghost" size="icon-sm" aria-label={`${text.more}: ${assistant.name}`}>
          <Ellipsis />
        </Button>
      </MenuTrigger>
      <MenuContent align="end">
        <MenuItem onSelect={() => void navigate({ to: "/chat", search: { assistant: assistant.id } })}>
          <MessageSquare aria-hidden /> {text.chat}
        </MenuItem>
        <MenuItem onSelect={() => void navigate({ to: "/assistants/$assistantId", params })}>
          <Eye aria-hidden /> {text.view}
        </MenuItem>
        {can("write") && (
          <MenuItem onSelect={() => void navigate({ to: "/assistants/$assistantId/edit", params })}>
            <Pencil aria-hidden /> {text.edit}
          </MenuItem>
        )}
        {can("delete") && (
          <MenuItem danger onSelect={onDelete}>
            <Trash2 aria-hidden /> {text.remove}
          </MenuItem>
        )}
      </MenuContent>
    </Menu>
  );
}

/** Who can use it, where that is not plain from the list. */
function State({ assistant, inMarket }: { assistant: AssistantCardItem; inMarket: boolean }) {
  if (assistant.is_global) return inMarket ? null : <Badge tone="accent">{market.published}</Badge>;
  return assistant.shared ? <Badge tone="accent">{text.shared}</Badge> : null;
}

function Counts({ assistant }: { assistant: AssistantCardItem }) {
  const { unique_users_count: users = 0, unique_likes_count: likes = 0 } = assistant;
  return (
    <span className="ml-auto flex shrink-0 items-center gap-2.5 text-xs text-fg-muted tabular-nums [&_svg]:size-3.5">
      {users > 0 && (
        <span className="flex items-center gap-1" title={market.usedBy(users)}>
          <Users aria-hidden /> {users}
          <span className="sr-only">{market.usedBy(users)}</span>
        </span>
      )}
      {likes > 0 && (
        <span className="flex items-center gap-1" title={market.liked(likes)}>
          <ThumbsUp aria-hidden /> {likes}
          <span className="sr-only">{market.liked(likes)}</span>
        </span>
      )}
    </span>
  );
}

interface AssistantCardProps {
  assistant: AssistantCardItem;
  /** In the marketplace one reads before one chats. */
  leadsTo: "chat" | "about";
}

export function AssistantCard({ assistant, leadsTo }: AssistantCardProps) {
  const [removing, setRemoving] = useState(false);
  const link: LinkProps =
    leadsTo === "chat"
      ? { to: "/chat", search: { assistant: assistant.id } }
      : { to: "/assistants/$assistantId", params: { assistantId: assistant.id } };
  return (
    <li className="relative flex flex-col gap-3 rounded-lg border border-line bg-raised p-4 hover:border-line-strong/60">
      <div className="flex items-start gap-3">
        <AssistantAvatar name={assistant.name} icon={assistant.icon_url} />
        <div className="min-w-0 flex-1">
          <h2 className="text-sm font-semibold">
            <Link {...link} className="block truncate after:absolute after:inset-0 after:rounded-lg" title={assistant.name}>
              {assistant.name}
            </Link>
          </h2>
          <p className="truncate text-xs text-fg-muted">{[assistant.created_by?.name, assistant.project].find(Boolean)}</p>
        </div>
        <div className="relative z-10 -mt-1 -mr-2 flex">
          <FavoriteButton kind="assistants" id={assistant.id} name={assistant.name} />
          <CardMenu assistant={assistant} onDelete={() => setRemoving(true)} />
        </div>
      </div>
      <p className="line-clamp-2 min-h-10 text-[13px] text-fg-muted">{assistant.description}</p>
      <div className="mt-auto flex min-w-0 items-center gap-2">
        <Badge className="min-w-0 shrink">
          <span className="truncate">{assistant.project}</span>
        </Badge>
        {assistant.type === REMOTE && <Badge className="shrink-0">{text.agent.badge}</Badge>}
        <State assistant={assistant} inMarket={leadsTo === "about"} />
        <Counts assistant={assistant} />
      </div>
      <DeleteAssistant assistant={assistant} open={removing} onOpenChange={setRemoving} />
    </li>
  );
}
