import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { Ellipsis, Pencil, Pin, PinOff, Trash2 } from "lucide-react";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Input } from "@/components/ui/input";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { cn } from "@/lib/cn";

import { useDeleteConversation, useUpdateConversation } from "./queries";
import { useRun } from "./runs";
import { text } from "./text";
import type { ConversationSummary } from "./wire";

interface ItemProps {
  conversation: ConversationSummary;
  onOpen: () => void;
}

function NameField({ name, onDone }: { name: string; onDone: (name: string | null) => void }) {
  const [draft, setDraft] = useState(name);
  const save = () => onDone(draft.trim() && draft.trim() !== name ? draft.trim() : null);
  return (
    <Input
      aria-label={text.renameLabel}
      autoFocus
      value={draft}
      onFocus={(event) => event.target.select()}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={save}
      onKeyDown={(event) => {
        if (event.key === "Enter") save();
        if (event.key === "Escape") onDone(null);
      }}
    />
  );
}

function DeleteConversation({ conversation, open, onOpenChange }: { conversation: ConversationSummary; open: boolean; onOpenChange: (open: boolean) => void }) {
  const remove = useDeleteConversation();
  const navigate = useNavigate();
  const { conversationId } = useParams({ strict: false });
  const confirm = () =>
    remove.mutate(conversation.id, {
      onSuccess: () => {
        onOpenChange(false);
        if (conversationId === conversation.id) void navigate({ to: "/chat" });
      },
    });
  return (
    <Confirm
      open={open}
      onOpenChange={onOpenChange}
      title={text.removeTitle(conversation.name)}
      consequence={text.removeText}
      action={text.removeAction}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={confirm}
    />
  );
}

export function ConversationItem({ conversation, onOpen }: ItemProps) {
  const { id, name, pinned } = conversation;
  const [renaming, setRenaming] = useState(false);
  const [removing, setRemoving] = useState(false);
  const update = useUpdateConversation();
  const running = useRun(id)?.state === "running";
  if (renaming) {
    return (
      <li>
        <NameField
          name={name}
          onDone={(next) => {
            setRenaming(false);
            if (next) update.mutate({ id, name: next });
          }}
        />
      </li>
    );
  }
  return (
    <li className="group/item relative">
      <Link
        to="/chat/$conversationId"
        params={{ conversationId: id }}
        onClick={onOpen}
        title={name}
        className="flex h-8 items-center gap-2 rounded-md pr-8 pl-2.5 text-[13px] text-fg-muted hover:bg-muted hover:text-fg"
        activeProps={{ className: "bg-muted font-medium text-fg!" }}
      >
        <span className="truncate">{update.isPending ? (update.variables.name ?? name) : name}</span>
        {running && <span className="size-1.5 shrink-0 animate-pulse rounded-full bg-accent-text" />}
      </Link>
      <Menu>
        <MenuTrigger asChild>
          <Button
            look="ghost"
            size="icon-sm"
            aria-label={`${text.more}: ${name}`}
            className={cn(
              "absolute top-0.5 right-0.5 opacity-0 group-hover/item:opacity-100 focus-visible:opacity-100 data-[state=open]:opacity-100 pointer-coarse:opacity-100",
            )}
          >
            <Ellipsis />
          </Button>
        </MenuTrigger>
        <MenuContent align="start">
          <MenuItem onSelect={() => window.setTimeout(() => setRenaming(true))}>
            <Pencil aria-hidden /> {text.rename}
          </MenuItem>
          <MenuItem onSelect={() => update.mutate({ id, pinned: !pinned })}>
            {pinned ? <PinOff aria-hidden /> : <Pin aria-hidden />} {pinned ? text.unpin : text.pin}
          </MenuItem>
          <MenuSeparator />
          <MenuItem danger onSelect={() => setRemoving(true)}>
            <Trash2 aria-hidden /> {text.remove}
          </MenuItem>
        </MenuContent>
      </Menu>
      <DeleteConversation conversation={conversation} open={removing} onOpenChange={setRemoving} />
    </li>
  );
}
