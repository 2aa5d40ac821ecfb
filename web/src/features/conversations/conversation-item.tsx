import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";

import { Confirm } from "@/components/ui/confirm";

import { dragOf } from "./conversation-drag";
import { ConversationMenu } from "./conversation-menu";
import { openFolder } from "./folder-section";
import { NameField } from "./name-field";
import { useDeleteConversation, useFinishConversation, useUpdateConversation } from "./queries";
import { useRun } from "./runs";
import { text } from "./text";
import type { ConversationSummary } from "./wire";

interface ItemProps {
  conversation: ConversationSummary;
  onOpen: () => void;
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

function FinishConversation({ conversation, open, onOpenChange }: { conversation: ConversationSummary; open: boolean; onOpenChange: (open: boolean) => void }) {
  const finish = useFinishConversation();
  return (
    <Confirm
      open={open}
      onOpenChange={onOpenChange}
      title={text.finishTitle(conversation.name)}
      consequence={text.finishText}
      action={text.finish}
      busy={finish.isPending}
      error={finish.error}
      onConfirm={() => finish.mutate(conversation.id, { onSuccess: () => onOpenChange(false) })}
    />
  );
}

type Doing = "rename" | "folder" | "finish" | "remove" | null;

export function ConversationItem({ conversation, onOpen }: ItemProps) {
  const { id, name } = conversation;
  const [doing, setDoing] = useState<Doing>(null);
  const update = useUpdateConversation();
  const running = useRun(id)?.state === "running";
  const done = () => setDoing(null);
  if (doing === "rename" || doing === "folder") {
    const renaming = doing === "rename";
    return (
      <li>
        <NameField
          label={renaming ? text.renameLabel : text.folderName}
          name={renaming ? name : ""}
          onDone={(next) => {
            done();
            if (!next) return;
            update.mutate({ id, ...(renaming ? { name: next } : { folder: next }) });
            if (!renaming) openFolder(next);
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
        onDragStart={dragOf(id)}
        title={name}
        className="flex h-8 items-center gap-2 rounded-md pr-8 pl-2.5 text-[13px] text-fg-muted hover:bg-muted hover:text-fg"
        activeProps={{ className: "bg-muted font-medium text-fg!" }}
      >
        <span className="truncate">{update.isPending ? (update.variables.name ?? name) : name}</span>
        {running && <span className="size-1.5 shrink-0 animate-pulse rounded-full bg-accent-text" />}
      </Link>
      <ConversationMenu
        conversation={conversation}
        onRename={() => setDoing("rename")}
        onNewFolder={() => setDoing("folder")}
        onFinish={() => setDoing("finish")}
        onRemove={() => setDoing("remove")}
      />
      <FinishConversation conversation={conversation} open={doing === "finish"} onOpenChange={done} />
      <DeleteConversation conversation={conversation} open={doing === "remove"} onOpenChange={done} />
    </li>
  );
}
