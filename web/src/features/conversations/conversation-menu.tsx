import { useQuery } from "@tanstack/react-query";
import { CircleCheckBig, Ellipsis, Folder, FolderInput, FolderMinus, FolderPlus, Pencil, Pin, PinOff, Trash2 } from "lucide-react";

import { Button } from "@/components/ui/button";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuSub, MenuSubContent, MenuSubTrigger, MenuTrigger } from "@/components/ui/menu";

import { foldersQuery } from "./folder-queries";
import { useUpdateConversation } from "./queries";
import { text } from "./text";
import type { ConversationSummary } from "./wire";

interface ConversationMenuProps {
  conversation: ConversationSummary;
  onRename: () => void;
  onNewFolder: () => void;
  onFinish: () => void;
  onRemove: () => void;
}

function MoveMenu({ conversation, onNewFolder }: Pick<ConversationMenuProps, "conversation" | "onNewFolder">) {
  const { data: folders } = useQuery(foldersQuery);
  const update = useUpdateConversation();
  const move = (folder: string) => update.mutate({ id: conversation.id, folder });
  return (
    <MenuSub>
      <MenuSubTrigger>
        <FolderInput aria-hidden /> {text.moveTo}
      </MenuSubTrigger>
      <MenuSubContent className="max-w-64">
        {folders
          ?.filter(({ folder_name }) => folder_name !== conversation.folder)
          .map(({ id, folder_name }) => (
            <MenuItem key={id} onSelect={() => move(folder_name)}>
              <Folder aria-hidden /> <span className="truncate">{folder_name}</span>
            </MenuItem>
          ))}
        <MenuItem onSelect={() => window.setTimeout(onNewFolder)}>
          <FolderPlus aria-hidden /> {text.newFolder}
        </MenuItem>
        {conversation.folder && (
          <MenuItem onSelect={() => move("")}>
            <FolderMinus aria-hidden /> {text.takeOut}
          </MenuItem>
        )}
      </MenuSubContent>
    </MenuSub>
  );
}

export function ConversationMenu({ conversation, onRename, onNewFolder, onFinish, onRemove }: ConversationMenuProps) {
  const { id, name, pinned } = conversation;
  const update = useUpdateConversation();
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button
          look="ghost"
          size="icon-sm"
          aria-label={`${text.more}: ${name}`}
          className="absolute top-0.5 right-0.5 opacity-0 group-hover/item:opacity-100 focus-visible:opacity-100 data-[state=open]:opacity-100 pointer-coarse:opacity-100"
        >
          <Ellipsis />
        </Button>
      </MenuTrigger>
      <MenuContent align="start">
        <MenuItem onSelect={() => window.setTimeout(onRename)}>
          <Pencil aria-hidden /> {text.rename}
        </MenuItem>
        <MenuItem onSelect={() => update.mutate({ id, pinned: !pinned })}>
          {pinned ? <PinOff aria-hidden /> : <Pin aria-hidden />} {pinned ? text.unpin : text.pin}
        </MenuItem>
        <MoveMenu conversation={conversation} onNewFolder={onNewFolder} />
        {!conversation.finished_at && (
          <MenuItem onSelect={onFinish}>
            <CircleCheckBig aria-hidden /> {text.finish}
          </MenuItem>
        )}
        <MenuSeparator />
        <MenuItem danger onSelect={onRemove}>
          <Trash2 aria-hidden /> {text.remove}
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}
