import { Check, Copy, WrapText } from "lucide-react";
import { useState } from "react";

import { IconButton } from "@/components/ui/icon-button";
import { cn } from "@/lib/cn";
import { copyText } from "@/lib/clipboard";

import { Highlighted } from "./highlighted";
import { text } from "./text";

export function CopyButton({ value, label }: { value: string; label: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () =>
    void copyText(value).then(() => {
      setCopied(true);
      window.setTimeout(() => setCopied(false), 1_500);
    });
  return (
    <IconButton label={copied ? text.copied : label} onClick={copy}>
      {copied ? <Check /> : <Copy />}
    </IconButton>
  );
}

export function CodeBlock({ code, language }: { code: string; language: string }) {
  const [wrap, setWrap] = useState(false);
  return (
    <div className="my-3 overflow-hidden rounded-lg border border-line bg-subtle">
      <div className="flex h-8 items-center justify-between border-b border-line pr-1 pl-3 text-xs text-fg-muted">
        <span className="font-mono">{language || "text"}</span>
        <span className="flex">
          <IconButton label={text.wrap} aria-pressed={wrap} className={wrap ? "bg-muted text-fg" : ""} onClick={() => setWrap(!wrap)}>
            <WrapText />
          </IconButton>
          <CopyButton value={code} label={text.copyCode} />
        </span>
      </div>
      <pre
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling region must be reachable by keyboard
        tabIndex={0}
        aria-label={language ? `Code in ${language}` : "Code"}
        role="region"
        className={cn(
          "overflow-x-auto p-3 font-mono text-[13px] leading-relaxed focus-visible:-outline-offset-2",
          wrap && "break-words whitespace-pre-wrap",
        )}
      >
        <code>
          <Highlighted code={code} language={language} />
        </code>
      </pre>
    </div>
  );
}
