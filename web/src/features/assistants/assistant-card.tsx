import { Link, useNavigate } from "@tanstack/react-router";
import { Ellipsis, Eye, MessageSquare, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";

import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Menu, MenuContent, MenuItem, MenuTrigger } from "@/components/ui/menu";

import { AssistantAvatar } from "./avatar";
import { DeleteAssistant } from "./delete-assistant";
import type { AssistantSummary } from "./queries";
import { text } from "./text";

export function AssistantCard({ assistant }: { assistant: AssistantSummary }) {
  const navigate = useNavigate();
  const [removing, setRemoving] = useState(false);
  const can = (ability: string) => assistant.user_abilities?.includes(ability) ?? false;
  const open = () => void navigate({ to: "/assistants/$assistantId", params: { assistantId: assistant.id } });
  return (
    <li className="group relative flex flex-col gap-3 rounded-lg border border-line bg-raised p-4 hover:border-line-strong/60">
      <div className="flex items-start gap-3">
        <AssistantAvatar name={assistant.name} />
        <div className="min-w-0 flex-1">
          <h2 className="truncate text-sm font-semibold">
            <Link
              to="/chat"
              search={{ assistant: assistant.id }}
              className="after:absolute after:inset-0 after:rounded-lg"
              title={assistant.name}
            >
              {assistant.name}
            </Link>
          </h2>
          <p className="truncate text-xs text-fg-muted">{assistant.created_by?.name ?? assistant.project}</p>
        </div>
        <Menu>
          <MenuTrigger asChild>
            <Button look="ghost" size="icon-sm" className="relative z-10 -mt-1 -mr-1" aria-label={`${text.more}: ${assistant.name}`}>
              <Ellipsis />
            </Button>
          </MenuTrigger>
          <MenuContent align="end">
            <MenuItem onSelect={() => void navigate({ to: "/chat", search: { assistant: assistant.id } })}>
              <MessageSquare aria-hidden /> {text.chat}
            </MenuItem>
            <MenuItem onSelect={open}>
              {can("write") ? <Pencil aria-hidden /> : <Eye aria-hidden />} {can("write") ? text.edit : text.view}
            </MenuItem>
            {can("delete") && (
              <MenuItem danger onSelect={() => setRemoving(true)}>
                <Trash2 aria-hidden /> {text.remove}
              </MenuItem>
            )}
          </MenuContent>
        </Menu>
      </div>
      <p className="line-clamp-2 min-h-10 text-[13px] text-fg-muted">{assistant.description}</p>
      <div className="mt-auto flex items-center gap-2">
        <Badge className="min-w-0 shrink"><span className="truncate">{assistant.project}</span></Badge>
        {assistant.shared && <Badge tone="accent">{text.shared}</Badge>}
      </div>
      <DeleteAssistant assistant={assistant} open={removing} onOpenChange={setRemoving} />
    </li>
  );
}
