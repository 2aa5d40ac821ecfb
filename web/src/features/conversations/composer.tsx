import { ArrowUp, ListPlus, LoaderCircle, Paperclip, Square } from "lucide-react";
import { useId, useRef, useState, type ClipboardEvent, type KeyboardEvent, type ReactNode } from "react";

import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";

import { AttachmentList } from "./attachment-list";
import { MAX_FILES, named, useAttachments } from "./attachments";
import { Disclaimer } from "./disclaimer";
import { DropOverlay } from "./drop-overlay";
import { useFileDrop } from "./file-drop";
import { MentionList, mentionBefore, optionId, useMentions, withoutMention, type Addressee } from "./mentions";
import type { Question } from "./run-state";
import { text } from "./text";

interface ComposerProps {
  placeholder: string;
  running: boolean;
  disabled?: boolean;
  /** What stands there at first, to be changed or sent. */
  initial?: string | undefined;
  onSend: (question: Question) => void;
  onStop: () => void;
  /** Called when an assistant is mentioned: it is to answer this message. */
  onMention?: ((assistant: Addressee) => void) | undefined;
  /** Controls before the send button, such as the choice of assistant. */
  children?: ReactNode;
}

export function Composer({ placeholder, running, disabled = false, initial = "", onSend, onStop, onMention, children }: ComposerProps) {
  const [draft, setDraft] = useState(initial);
  const [caret, setCaret] = useState(0);
  const listId = useId();
  const attachments = useAttachments();
  const take = (files: Iterable<File>) => attachments.add([...files].map(named));
  const over = useFileDrop(!disabled, take);
  const mentions = useMentions(onMention ? mentionBefore(draft, caret) : null, (assistant) => {
    setDraft(withoutMention(draft, caret));
    onMention?.(assistant);
  });
  const picker = useRef<HTMLInputElement>(null);
  const [waiting, setWaiting] = useState(false);
  const ready = draft.trim() !== "" && !disabled && !waiting;

  // Files that are still on their way hold the message back, not the person.
  const send = async () => {
    if (!ready) return;
    setWaiting(true);
    const files = await attachments.settled();
    setWaiting(false);
    if (!files) return;
    onSend({ text: draft.trim(), files });
    setDraft("");
    attachments.clear();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (mentions.onKey(event)) return;
    // While an input method composes a character, Enter belongs to it.
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      void send();
    } else if (event.key === "Escape" && running) onStop();
  };
  const onPaste = (event: ClipboardEvent) => {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    take(event.clipboardData.files);
  };
  return (
    <>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
        className="relative rounded-lg border border-line-strong/60 bg-raised focus-within:border-accent focus-within:ring-1 focus-within:ring-accent"
      >
        {over && <DropOverlay />}
        {mentions.open && <MentionList id={listId} choices={mentions.choices} at={mentions.at} onChoose={mentions.choose} />}
        <AttachmentList items={attachments.items} onRemove={attachments.remove} />
        {attachments.refused && <p role="status" className="px-3.5 pt-2 text-xs text-bad">{text.tooMany(MAX_FILES)}</p>}
        <textarea
          data-composer
          aria-haspopup={onMention ? "listbox" : undefined}
          aria-controls={mentions.open ? listId : undefined}
          aria-activedescendant={mentions.open ? optionId(listId, mentions.at) : undefined}
          aria-autocomplete={onMention ? "list" : undefined}
          aria-label={text.composer}
          placeholder={placeholder}
          autoFocus
          rows={1}
          disabled={disabled}
          readOnly={waiting}
          value={draft}
          onChange={(event) => {
            setDraft(event.target.value);
            setCaret(event.target.selectionStart);
          }}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          className="field-sizing-content block max-h-60 min-h-11 w-full resize-none bg-transparent px-3.5 pt-3 pb-1 text-[15px] leading-relaxed placeholder:text-fg-faint focus-visible:outline-none"
        />
        <div className="flex items-center gap-1 p-1.5">
          <IconButton label={text.attach} side="top" size="icon" disabled={disabled} onClick={() => picker.current?.click()}>
            <Paperclip />
          </IconButton>
          <input
            ref={picker}
            type="file"
            multiple
            className="hidden"
            onChange={(event) => {
              take(event.target.files ?? []);
              event.target.value = "";
            }}
          />
          {children}
          <div className="ml-auto flex gap-1.5">
            {running && (
              <Button size="icon" aria-label={text.stop} onClick={onStop}>
                <Square className="fill-current" />
              </Button>
            )}
            {(!running || ready) && (
              <Button type="submit" look="primary" size="icon" disabled={!ready} aria-label={waiting ? text.waitsForFiles : running ? text.queue : text.send}>
                {waiting ? <LoaderCircle className="animate-spin" /> : running ? <ListPlus /> : <ArrowUp />}
              </Button>
            )}
          </div>
        </div>
      </form>
      <Disclaimer />
    </>
  );
}
