import { Check, Copy } from "lucide-react";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { copyText } from "@/lib/clipboard";

/** Text to take along as it stands, such as a configuration. */
export function CopyBlock({ label, value }: { label: string; value: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <div className="relative">
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so the keyboard must reach it */}
      <pre tabIndex={0} aria-label={label} role="region" className="overflow-x-auto rounded-lg border border-line bg-subtle p-3 pr-24 font-mono text-xs leading-5 max-sm:pt-11 max-sm:pr-3">
        {value}
      </pre>
      <Button size="sm" aria-label={`Copy: ${label}`} className="absolute top-2 right-2" onClick={() => void copyText(value).then(() => setCopied(true))}>
        {copied ? <Check /> : <Copy />} <span aria-live="polite">{copied ? "Copied" : "Copy"}</span>
      </Button>
    </div>
  );
}
