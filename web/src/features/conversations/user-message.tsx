import { Paperclip, Pencil } from "lucide-react";
import { useState, type KeyboardEvent, type SyntheticEvent } from "react";

import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { Textarea } from "@/components/ui/input";

import { CopyButton } from "./code-block";
import { useFileAddress } from "./file-address";
import type { Question } from "./run-state";
import { text } from "./text";
import { fileNameOf, isPicture } from "./wire";

function Editor({ question, onSend, onCancel }: { question: Question; onSend: (value: string) => void; onCancel: () => void }) {
  const [value, setValue] = useState(question.text);
  const send = (event: SyntheticEvent) => {
    event.preventDefault();
    if (value.trim()) onSend(value.trim());
  };
  // As in the message box: Enter sends, Shift+Enter starts a line, and Enter that ends a composed character does neither.
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) send(event);
    else if (event.key === "Escape") onCancel();
  };
  return (
    <form className="grid w-full gap-2" onSubmit={send}>
      <Textarea
        aria-label={text.edit}
        autoFocus
        className="field-sizing-content max-h-80 min-h-16"
        value={value}
        onChange={(event) => setValue(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className="flex justify-end gap-2">
        <Button size="sm" onClick={onCancel}>
          {text.cancel}
        </Button>
        <Button size="sm" look="primary" type="submit">
          {text.editSend}
        </Button>
      </div>
    </form>
  );
}

function FileChip({ token }: { token: string }) {
  const address = useFileAddress()(`/v1/files/${token}`);
  const name = fileNameOf(token);
  return (
    <a
      href={address}
      target="_blank"
      rel="noopener noreferrer"
      className="flex min-h-7 max-w-full items-center gap-1.5 overflow-hidden rounded-md border border-line bg-bg text-xs hover:border-line-strong"
    >
      {isPicture(token) ? (
        <img src={address} alt={name} loading="lazy" className="max-h-48 max-w-64 object-contain" />
      ) : (
        <>
          <Paperclip className="ml-2 size-3.5 shrink-0 text-fg-muted" aria-hidden />
          <span className="truncate pr-2">{name}</span>
        </>
      )}
    </a>
  );
}

export function FileChips({ files }: { files: string[] }) {
  if (files.length === 0) return null;
  return (
    <ul className="flex flex-wrap justify-end gap-1.5">
      {files.map((token) => (
        <li key={token} className="max-w-full">
          <FileChip token={token} />
        </li>
      ))}
    </ul>
  );
}

interface UserMessageProps {
  question: Question;
  /** Present when the question can be changed and sent again. */
  onEdit?: ((value: string) => void) | undefined;
  /** Who wrote it, if not the reader. */
  name?: string;
}

export function UserMessage({ question, onEdit, name }: UserMessageProps) {
  const [editing, setEditing] = useState(false);
  const send = (value: string) => {
    setEditing(false);
    onEdit?.(value);
  };
  return (
    <div className="group/user grid justify-items-end gap-1">
      <h2 className="sr-only">{name ?? text.you}</h2>
      <FileChips files={question.files} />
      {editing ? (
        <Editor question={question} onSend={send} onCancel={() => setEditing(false)} />
      ) : (
        <>
          <p className="max-w-[88%] rounded-lg bg-muted px-3.5 py-2 break-words whitespace-pre-wrap">{question.text}</p>
          <div className="flex opacity-0 group-focus-within/user:opacity-100 group-hover/user:opacity-100 pointer-coarse:opacity-100">
            <CopyButton value={question.text} label={text.copy} />
            {onEdit && (
              <IconButton label={text.edit} onClick={() => setEditing(true)}>
                <Pencil />
              </IconButton>
            )}
          </div>
        </>
      )}
    </div>
  );
}
