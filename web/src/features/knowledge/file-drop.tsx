import { FileText, Upload, X } from "lucide-react";
import { useRef, useState } from "react";

import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { cn } from "@/lib/cn";
import { bytes } from "@/lib/format";

import { text } from "./text";

const MAX_FILES = 10;
const MAX_BYTES = 100 * 1024 * 1024;

/** Why these files cannot be taken, or undefined. The server checks again. */
export function fileProblem(files: File[]): string | undefined {
  if (files.length > MAX_FILES) return text.tooMany;
  const large = files.find((file) => file.size > MAX_BYTES);
  return large ? text.tooLarge(large.name) : undefined;
}

function merge(present: File[], added: File[]): File[] {
  const names = new Set(added.map((file) => file.name));
  return [...present.filter((file) => !names.has(file.name)), ...added];
}

interface FileDropProps {
  files: File[];
  onChange: (files: File[]) => void;
  error: string | undefined;
}

export function FileDrop({ files, onChange, error }: FileDropProps) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  return (
    <div className="grid gap-2">
      {/* eslint-disable-next-line jsx-a11y/no-static-element-interactions -- dropping files is an extra to the button inside */}
      <div
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          onChange(merge(files, [...event.dataTransfer.files]));
        }}
        className={cn(
          "grid justify-items-center gap-2 rounded-lg border border-dashed border-line-strong px-4 py-8 text-center text-sm",
          over && "border-accent bg-accent-soft",
        )}
      >
        <Upload className="size-5 text-fg-muted" aria-hidden />
        <p className="flex flex-wrap items-center justify-center gap-x-1.5">
          {text.drop}, or
          <Button size="sm" onClick={() => input.current?.click()}>
            {text.choose}
          </Button>
        </p>
        <p className="max-w-md text-xs text-fg-muted">{text.filesHint}</p>
        <input
          ref={input}
          type="file"
          multiple
          className="hidden"
          onChange={(event) => {
            onChange(merge(files, [...(event.target.files ?? [])]));
            event.target.value = "";
          }}
        />
      </div>
      {error && (
        <p role="alert" className="text-xs text-bad">
          {error}
        </p>
      )}
      {files.length > 0 && (
        <ul className="rounded-lg border border-line">
          {files.map((file) => (
            <li key={file.name} className="flex items-center gap-2.5 border-t border-line py-1 pr-1.5 pl-3 text-[13px] first:border-t-0">
              <FileText className="size-4 shrink-0 text-fg-muted" aria-hidden />
              <span className="min-w-0 flex-1 truncate">{file.name}</span>
              <span className="text-xs text-fg-muted tabular-nums">{bytes(file.size)}</span>
              <IconButton label={text.removeFile(file.name)} onClick={() => onChange(files.filter((other) => other !== file))}>
                <X />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
