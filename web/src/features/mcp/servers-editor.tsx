import { useQuery } from "@tanstack/react-query";
import { ChevronDown, Pencil, Plug, Plus, Store, X } from "lucide-react";
import { useState } from "react";

import { PickDialog } from "@/components/pick-dialog";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { Menu, MenuContent, MenuItem, MenuTrigger } from "@/components/ui/menu";

import { catalogueQuery } from "./queries";
import { ServerDialog } from "./server-dialog";
import { draftOf, emptyServer, placeOf, type McpServer, type ServerDraft } from "./server-draft";
import { text } from "./text";

function Row({ server, onEdit, onRemove }: { server: McpServer; onEdit: () => void; onRemove: () => void }) {
  return (
    <li className="flex items-center gap-2.5 border-t border-line py-1.5 pr-1.5 pl-3 first:border-t-0">
      <Plug className="size-4 shrink-0 text-fg-muted" aria-hidden />
      <div className="grid min-w-0 flex-1">
        <span className="flex items-center gap-2 text-[13px] font-medium">
          <span className="truncate">{server.name}</span>
          {!server.enabled && <Badge>{text.off}</Badge>}
        </span>
        <span className="truncate text-xs text-fg-muted">
          {placeOf(server)} · {text.toolCount(server.tools?.length ?? null)}
        </span>
      </div>
      <IconButton label={text.edit(server.name)} onClick={onEdit}>
        <Pencil />
      </IconButton>
      <IconButton label={text.remove(server.name)} onClick={onRemove}>
        <X />
      </IconButton>
    </li>
  );
}

function CataloguePicker({ onClose, onPick }: { onClose: () => void; onPick: (draft: ServerDraft) => void }) {
  const [search, setSearch] = useState("");
  const { data } = useQuery(catalogueQuery({ page: 0, perPage: 30, search }));
  return (
    <PickDialog
      open
      onOpenChange={onClose}
      title={text.pickTitle}
      label={text.pickLabel}
      empty={text.pickNone}
      items={data?.data.map((entry) => ({ value: entry.id, label: entry.name, ...(entry.description ? { note: entry.description } : {}) }))}
      chosen={new Set()}
      onSearch={setSearch}
      onToggle={(item) => onPick({ ...emptyServer, name: item.label, catalogueId: item.value })}
    />
  );
}

function AddMenu({ onOwn, onCatalogue }: { onOwn: () => void; onCatalogue: () => void }) {
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button size="sm">
          <Plus /> {text.addTitle} <ChevronDown />
        </Button>
      </MenuTrigger>
      <MenuContent align="start">
        <MenuItem onSelect={onCatalogue}>
          <Store aria-hidden /> {text.fromCatalogue}
        </MenuItem>
        <MenuItem onSelect={onOwn}>
          <Plug aria-hidden /> {text.own}
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}

interface Editing {
  /** Where it stands in the list; -1 for a new one. */
  index: number;
  draft: ServerDraft;
}

/** The MCP servers of an assistant or a skill. */
export function ServersEditor({ value, onChange }: { value: McpServer[]; onChange: (value: McpServer[]) => void }) {
  const [editing, setEditing] = useState<Editing | null>(null);
  const [picking, setPicking] = useState(false);
  const done = (server: McpServer) => {
    onChange(editing && editing.index >= 0 ? value.with(editing.index, server) : [...value, server]);
    setEditing(null);
  };
  return (
    <div className="grid justify-items-start gap-2">
      {value.length > 0 && (
        <ul aria-label="MCP servers" className="w-full rounded-lg border border-line">
          {value.map((server, index) => (
            <Row
              key={server.name}
              server={server}
              onEdit={() => setEditing({ index, draft: draftOf(server) })}
              onRemove={() => onChange(value.toSpliced(index, 1))}
            />
          ))}
        </ul>
      )}
      <AddMenu onOwn={() => setEditing({ index: -1, draft: emptyServer })} onCatalogue={() => setPicking(true)} />
      {picking && (
        <CataloguePicker
          onClose={() => setPicking(false)}
          onPick={(draft) => {
            setPicking(false);
            setEditing({ index: -1, draft });
          }}
        />
      )}
      {editing && (
        <ServerDialog
          initial={editing.draft}
          isNew={editing.index < 0}
          taken={new Set(value.filter((_, index) => index !== editing.index).map(({ name }) => name))}
          onClose={() => setEditing(null)}
          onDone={done}
        />
      )}
    </div>
  );
}
