import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import { BookPlus, Bot, Cable, FilePlus2, FolderPlus, GitBranch, Keyboard, KeyRound, LogOut, Moon, Plug, Plus, Sun, UserPlus } from "lucide-react";
import { useDeferredValue, useState, type ReactNode } from "react";

import { Dialog } from "@/components/ui/dialog";
import { assistantsQuery } from "@/features/assistants/queries";
import { ConversationHits } from "@/features/conversations/palette-hits";
import { sessionQuery, useSignOut } from "@/features/identity/queries";
import { isSuperuser } from "@/features/identity/rights";

import { administrationPlaces } from "./administration-places";
import { keysOpen, paletteOpen } from "./layout-state";
import { fit } from "./palette-filter";
import { PLACES } from "./rail";
import { useStore } from "./store";
import { text } from "./text";
import { setTheme } from "./theme";
import { OWN_PLACES } from "./user-menu";

const row =
  "flex min-h-9 cursor-default items-center gap-2.5 rounded-md px-2.5 text-sm data-[selected=true]:bg-muted [&_svg]:size-4 [&_svg]:text-fg-muted";

function Item({ onSelect, value, children }: { onSelect: () => void; value?: string; children: ReactNode }) {
  return (
    <Command.Item
      {...(value ? { value } : {})}
      onSelect={() => {
        paletteOpen.set(false);
        onSelect();
      }}
      className={row}
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

/** The person's own pages, and those of the administration they may open. */
function FurtherPlaces() {
  const navigate = useNavigate();
  const { data: user } = useSuspenseQuery(sessionQuery);
  const offered = administrationPlaces(user);
  const own = OWN_PLACES.filter(({ to }) => offered.every((place) => place.to !== to));
  return [...own, ...offered].map((place) => (
    <Item key={place.to} onSelect={() => void navigate({ to: place.to })}>
      <place.icon aria-hidden /> {place.label}
    </Item>
  ));
}

function IdentityActions() {
  const navigate = useNavigate();
  const { data: user } = useSuspenseQuery(sessionQuery);
  return (
    <>
      <Item onSelect={() => void navigate({ to: "/account/tokens/new" })}>
        <KeyRound aria-hidden /> New access token
      </Item>
      <Item onSelect={() => void navigate({ to: "/administration/projects/new" })}>
        <FolderPlus aria-hidden /> New project
      </Item>
      {isSuperuser(user) && (
        <Item onSelect={() => void navigate({ to: "/administration/users/new" })}>
          <UserPlus aria-hidden /> New user
        </Item>
      )}
    </>
  );
}

const group =
  "[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-3 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-fg-muted";

function Commands() {
  const navigate = useNavigate();
  const signOut = useSignOut();
  const [typed, setTyped] = useState("");
  const settled = useDeferredValue(typed);
  return (
    <Command label={text.palette} filter={fit} className={group}>
      <Command.Input
        value={typed}
        onValueChange={setTyped}
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
          <FurtherPlaces />
        </Command.Group>
        <ConversationHits typed={settled} className={row} onChoose={() => paletteOpen.set(false)} />
        <Assistants />
        <Command.Group heading={text.create}>
          <Item onSelect={() => void navigate({ to: "/assistants/new" })}>
            <Plus aria-hidden /> New assistant
          </Item>
          <Item onSelect={() => void navigate({ to: "/skills/new" })}>
            <BookPlus aria-hidden /> New skill
          </Item>
          <Item onSelect={() => void navigate({ to: "/integrations", search: { tab: "catalogue" } })}>
            <Cable aria-hidden /> New integration
          </Item>
          <Item onSelect={() => void navigate({ to: "/mcp-servers", search: { tab: "connect" } })}>
            <Plug aria-hidden /> Use CodeMie from an MCP client
          </Item>
          <Item onSelect={() => void navigate({ to: "/knowledge/new", search: { type: "file" } })}>
            <FilePlus2 aria-hidden /> Add files to knowledge
          </Item>
          <Item onSelect={() => void navigate({ to: "/knowledge/new", search: { type: "git" } })}>
            <GitBranch aria-hidden /> Add a Git repository to knowledge
          </Item>
          <IdentityActions />
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
          <Item onSelect={() => signOut.mutate()}>
            <LogOut aria-hidden /> {text.signOut}
          </Item>
        </Command.Group>
      </Command.List>
    </Command>
  );
}

/** Ctrl/Cmd-K: go anywhere, find what was said, start a chat with any assistant, run an action. */
export function Palette() {
  const open = useStore(paletteOpen);
  return (
    <Dialog open={open} onOpenChange={paletteOpen.set} title={text.palette} className="top-[12vh] max-w-xl grid-cols-[minmax(0,1fr)] translate-y-0 gap-2 p-3">
      <Commands />
    </Dialog>
  );
}
