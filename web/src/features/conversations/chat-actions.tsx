import { Link, useSearch } from "@tanstack/react-router";
import { Ellipsis, FileDown, FolderOpen, Share } from "lucide-react";
import { lazy, Suspense, useState } from "react";

import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { Menu, MenuContent, MenuItem, MenuLabel, MenuTrigger } from "@/components/ui/menu";

import { fileName, useDownload } from "./download";
import { ExportStatus } from "./export-status";
import { text } from "./text";

const ShareDialog = lazy(() => import("./share-dialog").then(({ ShareDialog: component }) => ({ default: component })));

const FORMATS = [
  ["docx", "Word"],
  ["pdf", "PDF"],
  ["md", "Markdown"],
  ["json", "JSON"],
] as const;

interface ChatActionsProps {
  conversationId: string;
  title: string;
}

/** What can be done with the whole conversation, in its title row. */
export function ChatActions({ conversationId, title }: ChatActionsProps) {
  const [sharing, setSharing] = useState(false);
  const download = useDownload();
  const { branch } = useSearch({ from: "/app/chat" });
  const save = (format: string, label: string) =>
    download.mutate({
      path: `/conversations/${encodeURIComponent(conversationId)}/export`,
      query: { export_format: format, ...(branch ? { branch } : {}) },
      name: fileName(title, format),
      label,
    });
  return (
    <>
      <ExportStatus download={download} />
      <Button look="ghost" className="px-2" onClick={() => setSharing(true)}>
        <Share /> <span className="max-sm:sr-only">{text.share}</span>
      </Button>
      <Button asChild look="ghost" size="icon">
        <Link to="." search={({ file: _file, panel, ...rest }) => (panel ? rest : { ...rest, panel: "files" as const })} aria-label={text.files} title={text.files}>
          <FolderOpen />
        </Link>
      </Button>
      <Menu>
        <MenuTrigger asChild>
          <IconButton label={text.export} size="icon" disabled={download.isPending}>
            <Ellipsis />
          </IconButton>
        </MenuTrigger>
        <MenuContent align="end">
          <MenuLabel>{text.exportAs}</MenuLabel>
          {FORMATS.map(([format, label]) => (
            <MenuItem key={format} onSelect={() => save(format, label)}>
              <FileDown aria-hidden /> {label}
            </MenuItem>
          ))}
        </MenuContent>
      </Menu>
      <Suspense>{sharing && <ShareDialog conversationId={conversationId} onClose={() => setSharing(false)} />}</Suspense>
    </>
  );
}
