import { useState } from "react";

import { Button } from "@/components/ui/button";
import { bytes } from "@/lib/format";

import { CopyButton } from "./code-block";
import { Highlighted } from "./highlighted";
import { text } from "./text";

const MAX_LINES = 18;
const MAX_CHARACTERS = 2_000;

function parsed(value: string): unknown {
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined;
  }
}

function pretty(value: string): { body: string; language: string } {
  const object = parsed(value);
  return typeof object === "object" && object !== null ? { body: JSON.stringify(object, null, 2), language: "json" } : { body: value, language: "" };
}

function beginning(body: string): string {
  return body.split("\n").slice(0, MAX_LINES).join("\n").slice(0, MAX_CHARACTERS);
}

/** What a tool was given or gave back: JSON set out and coloured, long text cut until asked for. */
export function Raw({ label, value }: { label: string; value: string }) {
  const [whole, setWhole] = useState(false);
  if (!value) return null;
  const { body, language } = pretty(value);
  const start = beginning(body);
  const cut = start.length < body.length;
  return (
    <div className="grid gap-1">
      <div className="flex min-h-7 items-center justify-between text-xs text-fg-muted">
        <p>{label}</p>
        <CopyButton value={body} label={text.copyValue(label)} />
      </div>
      <div className="overflow-hidden rounded-md bg-muted">
        <pre
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling region must be reachable by keyboard
          tabIndex={0}
          role="group"
          aria-label={label}
          className="max-h-96 overflow-auto px-2.5 py-2 font-mono text-xs leading-relaxed break-words whitespace-pre-wrap text-fg focus-visible:-outline-offset-2"
        >
          <Highlighted code={cut && !whole ? `${start}\n…` : body} language={language} />
        </pre>
        {cut && (
          <Button look="ghost" size="sm" className="w-full rounded-none border-t border-line" aria-expanded={whole} onClick={() => setWhole(!whole)}>
            {whole ? text.showLess : text.showAll(bytes(new Blob([body]).size))}
          </Button>
        )}
      </div>
    </div>
  );
}

function Value({ value }: { value: unknown }) {
  if (typeof value === "string") return <span className="break-words whitespace-pre-wrap">{value}</span>;
  if (typeof value !== "object" || value === null) return <span className="font-mono text-xs">{String(value)}</span>;
  return (
    <pre className="font-mono text-xs break-words whitespace-pre-wrap">
      <Highlighted code={JSON.stringify(value, null, 2)} language="json" />
    </pre>
  );
}

/** The arguments of a call, one name a row, so that a person can judge them. */
export function Arguments({ json }: { json: string }) {
  const value = parsed(json);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return json ? <Raw label={text.toolInput} value={json} /> : null;
  const entries = Object.entries(value as Record<string, unknown>);
  if (entries.length === 0) return <p className="text-[13px] text-fg-muted">{text.noArguments}</p>;
  return (
    <dl className="grid max-h-80 grid-cols-[minmax(0,auto)_minmax(0,1fr)] gap-x-4 gap-y-1.5 overflow-y-auto text-[13px] max-sm:grid-cols-1 max-sm:gap-y-0.5">
      {entries.map(([name, item]) => (
        <div key={name} className="contents">
          <dt className="font-mono text-xs leading-5 break-all text-fg-muted">{name}</dt>
          <dd className="min-w-0 max-sm:mb-1.5">
            <Value value={item} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
