import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Columns2, Ellipsis, FileDown, Link2, RotateCcw, Trash2 } from "lucide-react";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { IconButton } from "@/components/ui/icon-button";
import { Menu, MenuContent, MenuItem, MenuLabel, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { Tooltip } from "@/components/ui/tooltip";
import { copyText } from "@/lib/clipboard";

import { CopyButton } from "./code-block";
import { fileName, useDownload } from "./download";
import { ExportStatus } from "./export-status";
import { Thumbs, useFeedbackControls } from "./feedback";
import { anchorText, type BranchTurn } from "./branches";
import { comparing } from "./comparison";
import { AnswerWith } from "./model-menu";
import { useRemoveTurn } from "./queries";
import { ReplyFacts } from "./reply-facts";
import { text } from "./text";
import type { Reply } from "./turns";
import { Versions, type VersionSwitch } from "./versions";

const FORMATS = [
  ["docx", "Word"],
  ["pdf", "PDF"],
  ["pptx", "PowerPoint"],
  ["md", "Markdown"],
] as const;

interface ActionsProps {
  conversationId: string;
  turn: BranchTurn;
  reply: Reply;
  question: string;
  variants: VersionSwitch;
  /** Asks for another answer, from a model of choice or the conversation's. */
  onRegenerate?: ((model?: string) => void) | undefined;
}

function More({ conversationId, turn, reply, onRegenerate }: ActionsProps) {
  const [removing, setRemoving] = useState(false);
  const [copied, setCopied] = useState(false);
  const remove = useRemoveTurn(conversationId);
  const client = useQueryClient();
  const download = useDownload();
  const { index, shown } = turn;
  const single = turn.versions === 1;
  const link = `${location.origin}/chat/${encodeURIComponent(conversationId)}?turn=${index}${single ? "" : `&branch=${anchorText({ index, number: shown.number })}`}`;
  const save = (format: string, label: string) =>
    download.mutate({
      path: `/conversations/${encodeURIComponent(conversationId)}/history/${index}/${shown.ordinal}/export`,
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
                <Trash2 aria-hidden /> {single ? text.removeTurn : text.removeVersion}
              </MenuItem>
            </>
          )}
        </MenuContent>
      </Menu>
      <ExportStatus download={download} />
      <Confirm
        open={removing}
        onOpenChange={setRemoving}
        title={single ? text.removeTurnTitle : text.removeVersionTitle}
        consequence={single ? text.removeTurnText : text.removeVersionText}
        action={text.remove}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() =>
          remove.mutate(single ? { index } : { index, variant: shown.number }, {
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

/** Leads to this answer beside the one before it, or after it where it is the first. */
function Compare({ turn, now }: { turn: BranchTurn; now: number }) {
  const first = Math.max(0, now - 1);
  return (
    <Tooltip content={text.compare}>
      <Button asChild look="ghost" size="icon-sm">
        <Link to="." search={(search) => ({ ...search, compare: comparing(turn.index, first, first + 1) })} aria-label={text.compare}>
          <Columns2 />
        </Link>
      </Button>
    </Tooltip>
  );
}

/** What can be done with a stored answer. */
export function ReplyActions(props: ActionsProps) {
  const { conversationId, question, turn, reply, variants, onRegenerate } = props;
  const feedback = useFeedbackControls(conversationId, question, reply);
  return (
    <>
      <div className="mt-1.5 -ml-1.5 flex min-h-7 flex-wrap items-center">
        {reply.text && <CopyButton value={reply.text} label={text.copy} />}
        <Thumbs {...feedback} />
        {onRegenerate && (
          <>
            <IconButton label={text.regenerate} onClick={() => onRegenerate()}>
              <RotateCcw />
            </IconButton>
            <AnswerWith onChoose={onRegenerate} />
          </>
        )}
        <More {...props} />
        {variants.all > 1 && (
          <>
            <Versions {...variants} />
            <Compare turn={turn} now={variants.now} />
          </>
        )}
        <ReplyFacts reply={reply} />
      </div>
      {feedback.form}
    </>
  );
}
