import { FileText, Undo2, X } from "lucide-react";

import { IconButton } from "@/components/ui/icon-button";
import { cn } from "@/lib/cn";

import { text } from "./text";

interface KeptFilesProps {
  stored: readonly string[];
  kept: readonly string[];
  onChange: (kept: string[]) => void;
}

/** The files that were uploaded before; those to be removed stay in view until the form is saved. */
export function KeptFiles({ stored, kept, onChange }: KeptFilesProps) {
  if (stored.length === 0) return null;
  return (
    <ul aria-label={text.uploaded} className="max-h-80 overflow-y-auto rounded-lg border border-line">
      {stored.map((name) => {
        const stays = kept.includes(name);
        return (
          <li key={name} className="flex items-center gap-2.5 border-t border-line py-1 pr-1.5 pl-3 text-[13px] first:border-t-0">
            <FileText className="size-4 shrink-0 text-fg-muted" aria-hidden />
            <span className={cn("min-w-0 flex-1 truncate", !stays && "text-fg-muted line-through")}>{name}</span>
            {stays ? (
              <IconButton label={text.removeFile(name)} onClick={() => onChange(kept.filter((other) => other !== name))}>
                <X />
              </IconButton>
            ) : (
              <IconButton label={text.keepFile(name)} onClick={() => onChange([...kept, name])}>
                <Undo2 />
              </IconButton>
            )}
          </li>
        );
      })}
    </ul>
  );
}
