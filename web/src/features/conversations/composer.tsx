import { ArrowUp, ListPlus, LoaderCircle, Paperclip, Square } from "lucide-react";
import { useRef, useState, type ClipboardEvent, type DragEvent, type KeyboardEvent, type ReactNode } from "react";

import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { cn } from "@/lib/cn";

import { AttachmentList } from "./attachment-list";
import { useAttachments } from "./attachments";
import { Disclaimer } from "./disclaimer";
import type { Question } from "./run-state";
import { text } from "./text";

interface ComposerProps {
  placeholder: string;
  running: boolean;
  disabled?: boolean;
  onSend: (question: Question) => void;
  onStop: () => void;
  /** Controls before the send button, such as the choice of assistant. */
  children?: ReactNode;
}

export function Composer({ placeholder, running, disabled = false, onSend, onStop, children }: ComposerProps) {
  const [draft, setDraft] = useState("");
  const [over, setOver] = useState(false);
  const attachments = useAttachments();
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
    // While an input method composes a character, Enter belongs to it.
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      void send();
    } else if (event.key === "Escape" && running) onStop();
  };
  const onPaste = (event: ClipboardEvent) => {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    attachments.add(event.clipboardData.files);
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    attachments.add(event.dataTransfer.files);
  };
  return (
    <>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- dropping files is an extra to the attach button */}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
        className={cn(
          "rounded-lg border border-line-strong/60 bg-raised focus-within:border-accent focus-within:ring-1 focus-within:ring-accent",
          over && "border-accent bg-accent-soft",
        )}
      >
        <AttachmentList items={attachments.items} onRemove={attachments.remove} />
        <textarea
          data-composer
          aria-label={text.composer}
          placeholder={over ? text.dropHere : placeholder}
          autoFocus
          rows={1}
          disabled={disabled}
          readOnly={waiting}
          value={draft}
          onChange={(event) => setDraft(event.target.value)}
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
              attachments.add(event.target.files ?? []);
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
