import { CircleAlert, LoaderCircle, Paperclip, X } from "lucide-react";

import type { Attachment } from "./attachments";
import { text } from "./text";

interface AttachmentListProps {
  items: Attachment[];
  onRemove: (id: string) => void;
}

const ICONS = { uploading: LoaderCircle, ready: Paperclip, failed: CircleAlert };

export function AttachmentList({ items, onRemove }: AttachmentListProps) {
  if (items.length === 0) return null;
  return (
    <ul className="flex flex-wrap gap-1.5 px-2.5 pt-2.5" aria-live="polite">
      {items.map((item) => {
        const Icon = ICONS[item.state];
        return (
          <li
            key={item.id}
            className={`flex max-w-full items-center gap-1.5 rounded-md border py-0.5 pr-0.5 pl-2 text-xs ${item.state === "failed" ? "border-bad/50 text-bad" : "border-line"}`}
          >
            {item.preview && <img src={item.preview} alt="" className="-ml-1 size-8 shrink-0 rounded object-cover" />}
            <Icon className={`size-3.5 shrink-0 ${item.state === "uploading" ? "animate-spin" : ""}`} aria-hidden />
            <span className="truncate">{item.name}</span>
            {item.problem && <span className="truncate">{`${text.attachFailed}: ${item.problem}`}</span>}
            <button
              type="button"
              aria-label={text.detach(item.name)}
              onClick={() => onRemove(item.id)}
              className="grid size-6 shrink-0 place-items-center rounded text-fg-muted hover:text-fg"
            >
              <X className="size-3.5" />
            </button>
          </li>
        );
      })}
    </ul>
  );
}
