import { ChevronRight, Ellipsis, Folder as FolderIcon, FolderOpen, Pencil, Trash2 } from "lucide-react";
import { useState, type ReactNode } from "react";

import { createStore, useStore } from "@/app/store";
import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Confirm } from "@/components/ui/confirm";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { cn } from "@/lib/cn";

import { useDropOfConversation } from "./conversation-drag";
import { useDeleteFolder, useRenameFolder } from "./folder-queries";
import { NameField } from "./name-field";
import { text } from "./text";

/** Which folders are open; forgotten with the page. */
const opened = createStore<ReadonlySet<string>>(new Set<string>());

export const openFolder = (name: string) => opened.set((now) => new Set([...now, name]));

function toggle(name: string): void {
  opened.set((now) => (now.has(name) ? new Set([...now].filter((other) => other !== name)) : new Set([...now, name])));
}

function DeleteFolder({ name, size, open, onOpenChange }: { name: string; size: number; open: boolean; onOpenChange: (open: boolean) => void }) {
  const [emptied, setEmptied] = useState(false);
  const remove = useDeleteFolder();
  return (
    <Confirm
      open={open}
      onOpenChange={onOpenChange}
      title={text.removeFolderTitle(name)}
      consequence={emptied ? text.removeFolderWith : text.removeFolderText}
      action={text.removeFolder}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ name, emptied }, { onSuccess: () => onOpenChange(false) })}
    >
      {size > 0 && (
        <label className="flex items-center gap-2 text-sm">
          <Checkbox checked={emptied} onCheckedChange={(checked) => setEmptied(checked === true)} /> {text.removeFolderChats}
        </label>
      )}
    </Confirm>
  );
}

/** A folder: open or closed, a place to drop conversations on, with its own menu. */
export function FolderSection({ name, size, children }: { name: string; size: number; children: ReactNode }) {
  const open = useStore(opened, (all) => all.has(name));
  const [renaming, setRenaming] = useState(false);
  const [removing, setRemoving] = useState(false);
  const rename = useRenameFolder();
  const { over, move, handlers } = useDropOfConversation(name);
  const Icon = open ? FolderOpen : FolderIcon;
  return (
    <section aria-label={name} {...handlers} className={cn("rounded-md", over && "bg-accent-soft ring-1 ring-accent")}>
      {renaming ? (
        <NameField
          label={text.folderName}
          name={name}
          onDone={(folder) => {
            setRenaming(false);
            if (folder) rename.mutate({ name, folder });
          }}
        />
      ) : (
        <div className="group/folder relative">
          <button
            type="button"
            aria-expanded={open}
            onClick={() => toggle(name)}
            className="flex h-8 w-full items-center gap-2 rounded-md pr-8 pl-1.5 text-left text-[13px] hover:bg-muted"
          >
            <ChevronRight className={cn("size-3.5 shrink-0 text-fg-muted transition-transform", open && "rotate-90")} aria-hidden />
            <Icon className="size-4 shrink-0 text-fg-muted" aria-hidden />
            <span className="truncate">{name}</span>
            <span className="text-xs text-fg-muted tabular-nums">{size}</span>
          </button>
          <Menu>
            <MenuTrigger asChild>
              <Button
                look="ghost"
                size="icon-sm"
                aria-label={text.folderActions(name)}
                className="absolute top-0.5 right-0.5 opacity-0 group-hover/folder:opacity-100 focus-visible:opacity-100 data-[state=open]:opacity-100 pointer-coarse:opacity-100"
              >
                <Ellipsis />
              </Button>
            </MenuTrigger>
            <MenuContent align="start">
              <MenuItem onSelect={() => window.setTimeout(() => setRenaming(true))}>
                <Pencil aria-hidden /> {text.rename}
              </MenuItem>
              <MenuSeparator />
              <MenuItem danger onSelect={() => setRemoving(true)}>
                <Trash2 aria-hidden /> {text.remove}
              </MenuItem>
            </MenuContent>
          </Menu>
        </div>
      )}
      {rename.isError && <ErrorNote title={text.folderFailed} error={rename.error} />}
      {move.isError && <ErrorNote title={text.moveFailed} error={move.error} />}
      {open && <div className="ml-3.5 border-l border-line pl-1">{size > 0 ? children : <p className="px-2.5 py-1.5 text-xs text-fg-muted">{text.folderEmpty}</p>}</div>}
      <DeleteFolder name={name} size={size} open={removing} onOpenChange={setRemoving} />
    </section>
  );
}
