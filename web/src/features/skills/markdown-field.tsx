import { lazy, Suspense, useId, useState } from "react";

import { Button } from "@/components/ui/button";
import { Textarea } from "@/components/ui/input";

import { text } from "./text";

const Markdown = lazy(async () => ({ default: (await import("@/features/conversations/markdown")).Markdown }));

interface MarkdownFieldProps {
  label: string;
  hint: string;
  error: string | undefined;
  value: string;
  onChange: (value: string) => void;
}

/** Markdown to write, and how it will look. */
export function MarkdownField({ label, hint, error, value, onChange }: MarkdownFieldProps) {
  const id = useId();
  const [preview, setPreview] = useState(false);
  return (
    <div className="grid gap-1.5">
      <div className="flex items-center justify-between gap-3">
        <label htmlFor={id} className="text-[13px] font-medium">
          {label}
          <span className="font-normal text-fg-faint"> · required</span>
        </label>
        <div className="flex gap-1">
          {[false, true].map((shows) => (
            <Button
              key={String(shows)}
              look="ghost"
              size="sm"
              aria-pressed={preview === shows}
              className={preview === shows ? "bg-muted text-fg" : ""}
              onClick={() => setPreview(shows)}
            >
              {shows ? text.preview : text.write}
            </Button>
          ))}
        </div>
      </div>
      {preview ? (
        <div className="min-h-80 rounded-md border border-line px-4 py-3 text-sm leading-relaxed">
          {value.trim() ? (
            <Suspense fallback={<div className="skeleton h-40" />}>
              <Markdown source={value} streaming={false} cite={() => null} />
            </Suspense>
          ) : (
            <p className="text-[13px] text-fg-muted">{text.nothing}</p>
          )}
        </div>
      ) : (
        <Textarea
          id={id}
          aria-describedby={`${id}-note`}
          aria-invalid={error ? true : undefined}
          rows={16}
          className="field-sizing-content max-h-160 min-h-80 font-mono text-[13px]"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
      <p id={`${id}-note`} className={error ? "text-xs text-bad" : "text-xs text-fg-muted"}>
        {error ?? hint}
      </p>
    </div>
  );
}
