import { FileText, Plus, X } from "lucide-react";
import { useRef } from "react";

import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { bytes } from "@/lib/format";

import { fileOf, type SkillFile } from "./skill-draft";
import { text } from "./text";

const sizeOf = (file: SkillFile) =>
  file.encoding === "base64" ? Math.floor((file.content.replace(/=+$/, "").length * 3) / 4) : new Blob([file.content]).size;

/** The files that come with a skill; one of the same name replaces the other. */
export function FilesField({ value, onChange, error }: { value: SkillFile[]; onChange: (files: SkillFile[]) => void; error: string | undefined }) {
  const input = useRef<HTMLInputElement>(null);
  const add = async (chosen: FileList | null) => {
    const files = await Promise.all([...(chosen ?? [])].map(fileOf));
    const names = new Set(files.map(({ path }) => path));
    onChange([...value.filter(({ path }) => !names.has(path)), ...files]);
  };
  return (
    <div className="grid justify-items-start gap-2">
      {value.length > 0 && (
        <ul aria-label={text.files} className="w-full rounded-lg border border-line">
          {value.map((file) => (
            <li key={file.path} className="flex items-center gap-2.5 border-t border-line py-1 pr-1.5 pl-3 text-[13px] first:border-t-0">
              <FileText className="size-4 shrink-0 text-fg-muted" aria-hidden />
              <span className="min-w-0 flex-1 truncate font-mono text-xs">{file.path}</span>
              <span className="text-xs text-fg-muted tabular-nums">{bytes(sizeOf(file))}</span>
              <IconButton label={text.fileRemove(file.path)} onClick={() => onChange(value.filter(({ path }) => path !== file.path))}>
                <X />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
      {error && <p className="text-xs text-bad">{error}</p>}
      <input
        ref={input}
        type="file"
        multiple
        aria-label={text.filesAdd}
        className="hidden"
        onChange={(event) => {
          void add(event.target.files);
          event.target.value = "";
        }}
      />
      <Button size="sm" onClick={() => input.current?.click()}>
        <Plus /> {text.filesAdd}
      </Button>
    </div>
  );
}
