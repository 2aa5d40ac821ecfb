import { ArrowUp, ListPlus, LoaderCircle, Paperclip, Square } from "lucide-react";
import { useId, useRef, useState, type ClipboardEvent, type KeyboardEvent, type ReactNode } from "react";

import { draftOf, keepDraft } from "@/app/drafts";
import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";

import { AttachmentList } from "./attachment-list";
import { MAX_FILES, named, useAttachments } from "./attachments";
import { useCommandChoices } from "./command-choices";
import { commandBefore, withoutCommand } from "./commands";
import { Disclaimer } from "./disclaimer";
import { DropOverlay } from "./drop-overlay";
import { useFileDrop } from "./file-drop";
import type { Question, SkillRef } from "./run-state";
import { SkillChips } from "./skill-chips";
import { SuggestionList, optionId, useSuggestions } from "./suggestions";
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
  onMention?: ((assistant: { id: string; name: string }) => void) | undefined;
  /** Offered for `/`, with the skills the person may use. */
  starters?: readonly string[];
  /** Where an unsent message is kept under. */
  place?: string;
  /** Controls before the send button, such as the choice of assistant. */
  children?: ReactNode;
}

/** The text, what it is typed for, and where the caret stands in it. */
function useDraft(initial: string, place: string | undefined) {
  const [draft, setDraft] = useState(() => initial || draftOf(place));
  const [caret, setCaret] = useState(0);
  const change = (text: string) => {
    setDraft(text);
    keepDraft(place, text);
  };
  return { draft, caret, setCaret, change };
}

export function Composer({ placeholder, running, disabled = false, initial = "", onSend, onStop, onMention, starters = [], place, children }: ComposerProps) {
  const { draft, caret, setCaret, change } = useDraft(initial, place);
  const [skills, setSkills] = useState<SkillRef[]>([]);
  const listId = useId();
  const attachments = useAttachments();
  const take = (files: Iterable<File>) => attachments.add([...files].map(named));
  const over = useFileDrop(!disabled, take);
  const command = commandBefore(draft, caret);
  const takeOut = () => change(withoutCommand(draft, caret));
  const choices = useCommandChoices(command, starters, {
    onMention:
      onMention &&
      ((assistant) => {
        takeOut();
        onMention(assistant);
      }),
    onStarter: (words) => change(words + withoutCommand(draft, caret)),
    onSkill: (skill) => {
      takeOut();
      setSkills((chosen) => [...chosen.filter(({ id }) => id !== skill.id), skill]);
    },
  });
  const suggestions = useSuggestions(command, choices);
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
    onSend({ text: draft.trim(), files, ...(skills.length > 0 ? { skills } : {}) });
    change("");
    setSkills([]);
    attachments.clear();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (suggestions.onKey(event)) return;
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
        {suggestions.open && command && (
          <SuggestionList id={listId} title={text.commandTitles[command.kind]} choices={choices} at={suggestions.at} onChoose={suggestions.choose} />
        )}
        <SkillChips skills={skills} onRemove={(id) => setSkills((chosen) => chosen.filter((skill) => skill.id !== id))} />
        <AttachmentList items={attachments.items} onRemove={attachments.remove} />
        {attachments.refused && <p role="status" className="px-3.5 pt-2 text-xs text-bad">{text.tooMany(MAX_FILES)}</p>}
        <textarea
          data-composer
          aria-haspopup="listbox"
          aria-controls={suggestions.open ? listId : undefined}
          aria-activedescendant={suggestions.open ? optionId(listId, suggestions.at) : undefined}
          aria-autocomplete="list"
          aria-label={text.composer}
          placeholder={placeholder}
          autoFocus
          rows={1}
          disabled={disabled}
          readOnly={waiting}
          value={draft}
          onChange={(event) => {
            change(event.target.value);
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
          <div className="ml-auto flex shrink-0 gap-1.5">
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
