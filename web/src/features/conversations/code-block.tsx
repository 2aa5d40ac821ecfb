import { Check, Copy, Download, WrapText } from "lucide-react";
import { useState, type ReactNode } from "react";

import { IconButton } from "@/components/ui/icon-button";
import { cn } from "@/lib/cn";
import { copyText } from "@/lib/clipboard";

import { saveAs } from "./download";
import { Highlighted } from "./highlighted";
import { text } from "./text";

const EXTENSIONS: Record<string, string> = {
  bash: "sh", csharp: "cs", javascript: "js", kotlin: "kt", markdown: "md", mermaid: "mmd", python: "py", ruby: "rb", rust: "rs", typescript: "ts", yaml: "yml",
};

/** Most languages are written as the ending of their files. */
const extensionOf = (language: string): string => EXTENSIONS[language] ?? (/^[a-z0-9]{1,5}$/.test(language) ? language : "txt");

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

interface CodeBlockProps {
  code: string;
  language: string;
  /** Further buttons of its title row. */
  children?: ReactNode;
}

export function CodeBlock({ code, language, children }: CodeBlockProps) {
  const [wrap, setWrap] = useState(false);
  return (
    <div className="my-3 overflow-hidden rounded-lg border border-line bg-subtle">
      <div className="flex h-8 items-center justify-between border-b border-line pr-1 pl-3 text-xs text-fg-muted">
        <span className="font-mono">{language || "text"}</span>
        <span className="flex">
          {children}
          <IconButton label={text.wrap} aria-pressed={wrap} className={wrap ? "bg-muted text-fg" : ""} onClick={() => setWrap(!wrap)}>
            <WrapText />
          </IconButton>
          <IconButton label={text.saveCode} onClick={() => saveAs(new Blob([code], { type: "text/plain" }), `code.${extensionOf(language)}`)}>
            <Download />
          </IconButton>
          <CopyButton value={code} label={text.copyCode} />
        </span>
      </div>
      <pre
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling region must be reachable by keyboard
        tabIndex={0}
        aria-label={language ? `Code in ${language}` : "Code"}
        role="group"
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
