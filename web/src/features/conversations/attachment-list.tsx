import { CircleAlert, LoaderCircle, Paperclip } from "lucide-react";

import { RemovableChip } from "@/components/removable-chip";

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
          <RemovableChip
            key={item.id}
            remove={text.detach(item.name)}
            onRemove={() => onRemove(item.id)}
            className={item.state === "failed" ? "border-bad/50 text-bad" : ""}
          >
            {item.preview && <img src={item.preview} alt="" className="-ml-1 size-8 shrink-0 rounded object-cover" />}
            <Icon className={`size-3.5 shrink-0 ${item.state === "uploading" ? "animate-spin" : ""}`} aria-hidden />
            <span className="truncate">{item.name}</span>
            {item.problem && <span className="truncate">{`${text.attachFailed}: ${item.problem}`}</span>}
          </RemovableChip>
        );
      })}
    </ul>
  );
}
