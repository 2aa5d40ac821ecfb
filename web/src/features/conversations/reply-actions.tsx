import { useQueryClient } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight, Ellipsis, FileDown, Link2, RotateCcw, Trash2 } from "lucide-react";
import { useState } from "react";

import { Confirm } from "@/components/ui/confirm";
import { IconButton } from "@/components/ui/icon-button";
import { Menu, MenuContent, MenuItem, MenuLabel, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { copyText } from "@/lib/clipboard";
import { duration } from "@/lib/format";

import { CopyButton } from "./code-block";
import { fileName, useDownload } from "./download";
import { ExportStatus } from "./export-status";
import { Thumbs, useFeedbackControls } from "./feedback";
import { useRemoveTurn } from "./queries";
import { text } from "./text";
import type { Reply, Turn } from "./turns";

export interface VariantSwitch {
  now: number;
  all: number;
  show: (variant: number) => void;
}

function Variants({ now, all, show }: VariantSwitch) {
  return (
    <div role="group" aria-label={text.variant(now + 1, all)} className="flex items-center text-xs text-fg-muted tabular-nums">
      <IconButton label={text.previousVariant} disabled={now === 0} onClick={() => show(now - 1)}>
        <ChevronLeft />
      </IconButton>
      {now + 1}/{all}
      <IconButton label={text.nextVariant} disabled={now + 1 === all} onClick={() => show(now + 1)}>
        <ChevronRight />
      </IconButton>
    </div>
  );
}

const FORMATS = [
  ["docx", "Word"],
  ["pdf", "PDF"],
  ["pptx", "PowerPoint"],
  ["md", "Markdown"],
] as const;

interface ActionsProps {
  conversationId: string;
  turn: Turn;
  reply: Reply;
  question: string;
  variants: VariantSwitch;
  onRegenerate?: (() => void) | undefined;
}

function More({ conversationId, turn, reply, variants, onRegenerate }: ActionsProps) {
  const [removing, setRemoving] = useState(false);
  const [copied, setCopied] = useState(false);
  const remove = useRemoveTurn(conversationId);
  const client = useQueryClient();
  const download = useDownload();
  const link = `${location.origin}/chat/${encodeURIComponent(conversationId)}?turn=${turn.index}`;
  const save = (format: string, label: string) =>
    download.mutate({
      path: `/conversations/${encodeURIComponent(conversationId)}/history/${turn.index}/${variants.now}/export`,
      query: { export_format: format },
      name: fileName(reply.text.slice(0, 60), format),
      label,
    });
  return (
    <>
      <Menu onOpenChange={() => setCopied(false)}>
        <MenuTrigger asChild>
          <IconButton label={text.moreActions}>
            <Ellipsis />
          </IconButton>
        </MenuTrigger>
        <MenuContent align="start">
          <MenuItem
            onSelect={(event) => {
              event.preventDefault();
              void copyText(link).then(() => setCopied(true));
            }}
          >
            <Link2 aria-hidden /> <span aria-live="polite">{copied ? text.linkCopied : text.copyLink}</span>
          </MenuItem>
          <MenuSeparator />
          <MenuLabel>{text.saveAnswer}</MenuLabel>
          {FORMATS.map(([format, label]) => (
            <MenuItem key={format} onSelect={() => save(format, label)}>
              <FileDown aria-hidden /> {label}
            </MenuItem>
          ))}
          {onRegenerate && (
            <>
              <MenuSeparator />
              <MenuItem danger onSelect={() => setRemoving(true)}>
                <Trash2 aria-hidden /> {text.removeTurn}
              </MenuItem>
            </>
          )}
        </MenuContent>
      </Menu>
      <ExportStatus download={download} />
      <Confirm
        open={removing}
        onOpenChange={setRemoving}
        title={text.removeTurnTitle}
        consequence={text.removeTurnText(turn.variants.length)}
        action={text.remove}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() =>
          remove.mutate([turn.index], {
            onSuccess: () => {
              setRemoving(false);
              void client.invalidateQueries({ queryKey: ["conversations", "list"] });
            },
          })
        }
      />
    </>
  );
}

/** What can be done with a stored answer. */
export function ReplyActions(props: ActionsProps) {
  const { conversationId, question, reply, variants, onRegenerate } = props;
  const feedback = useFeedbackControls(conversationId, question, reply);
  return (
    <>
      <div className="mt-1.5 -ml-1.5 flex min-h-7 flex-wrap items-center">
        {reply.text && <CopyButton value={reply.text} label={text.copy} />}
        <Thumbs {...feedback} />
        {onRegenerate && (
          <IconButton label={text.regenerate} onClick={onRegenerate}>
            <RotateCcw />
          </IconButton>
        )}
        <More {...props} />
        {variants.all > 1 && <Variants {...variants} />}
        {reply.seconds !== null && <span className="ml-1.5 text-xs text-fg-faint tabular-nums">{duration(reply.seconds)}</span>}
      </div>
      {feedback.form}
    </>
  );
}
