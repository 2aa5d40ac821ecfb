import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import { Bot, FilePlus2, GitBranch, Keyboard, Moon, Plus, Sun } from "lucide-react";
import type { ReactNode } from "react";

import { Dialog } from "@/components/ui/dialog";
import { assistantsQuery } from "@/features/assistants/queries";

import { keysOpen, paletteOpen } from "./layout-state";
import { PLACES } from "./rail";
import { useStore } from "./store";
import { text } from "./text";
import { setTheme } from "./theme";

function Item({ onSelect, value, children }: { onSelect: () => void; value?: string; children: ReactNode }) {
  return (
    <Command.Item
      {...(value ? { value } : {})}
      onSelect={() => {
        paletteOpen.set(false);
        onSelect();
      }}
      className="flex min-h-9 cursor-default items-center gap-2.5 rounded-md px-2.5 text-sm data-[selected=true]:bg-muted [&_svg]:size-4 [&_svg]:text-fg-muted"
    >
      {children}
    </Command.Item>
  );
}

function Assistants() {
  const navigate = useNavigate();
  const { data } = useQuery(assistantsQuery({ scope: "visible_to_user", page: 0, perPage: 50 }));
  if (!data?.data.length) return null;
  return (
    <Command.Group heading={text.startChat}>
      {data.data.map((assistant) => (
        <Item
          key={assistant.id}
          value={`chat ${assistant.name} ${assistant.id}`}
          onSelect={() => void navigate({ to: "/chat", search: { assistant: assistant.id } })}
        >
          <Bot aria-hidden /> <span className="truncate">{assistant.name}</span>
        </Item>
      ))}
    </Command.Group>
  );
}

const group =
  "[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-3 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-fg-muted";

/** Ctrl/Cmd-K: go anywhere, start a chat with any assistant, run an action. */
export function Palette() {
  const open = useStore(paletteOpen);
  const navigate = useNavigate();
  return (
    <Dialog open={open} onOpenChange={paletteOpen.set} title={text.palette} className="top-[12vh] max-w-xl translate-y-0 gap-2 p-3">
      <Command label={text.palette} className={group}>
        <Command.Input
          placeholder={text.palettePlaceholder}
          className="mb-1 h-10 w-full border-b border-line bg-transparent px-2.5 text-[15px] placeholder:text-fg-faint focus-visible:outline-none"
        />
        <Command.List className="max-h-[50dvh] overflow-y-auto" tabIndex={-1}>
          <Command.Empty className="px-2.5 py-6 text-center text-sm text-fg-muted">{text.paletteEmpty}</Command.Empty>
          <Command.Group heading={text.goTo}>
            {PLACES.map((place) => (
              <Item key={place.to} onSelect={() => void navigate({ to: place.to })}>
                <place.icon aria-hidden /> {place.label}
              </Item>
            ))}
          </Command.Group>
          <Assistants />
          <Command.Group heading={text.create}>
            <Item onSelect={() => void navigate({ to: "/assistants/new" })}>
              <Plus aria-hidden /> New assistant
            </Item>
            <Item onSelect={() => void navigate({ to: "/knowledge/new", search: { type: "file" } })}>
              <FilePlus2 aria-hidden /> Add files to knowledge
            </Item>
            <Item onSelect={() => void navigate({ to: "/knowledge/new", search: { type: "git" } })}>
              <GitBranch aria-hidden /> Add a Git repository to knowledge
            </Item>
          </Command.Group>
          <Command.Group heading={text.settings}>
            <Item onSelect={() => setTheme("light")}>
              <Sun aria-hidden /> Light theme
            </Item>
            <Item onSelect={() => setTheme("dark")}>
              <Moon aria-hidden /> Dark theme
            </Item>
            <Item onSelect={() => keysOpen.set(true)}>
              <Keyboard aria-hidden /> {text.keys}
            </Item>
          </Command.Group>
        </Command.List>
      </Command>
    </Dialog>
  );
}
