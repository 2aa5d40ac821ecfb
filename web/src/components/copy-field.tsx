import { Check, Copy } from "lucide-react";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { copyText } from "@/lib/clipboard";

/** A value to take along: selected on focus, copied by the button. */
export function CopyField({ label, value, autoFocus = false }: { label: string; value: string; autoFocus?: boolean }) {
  const [copied, setCopied] = useState(false);
  return (
    <div className="flex gap-2">
      <Input readOnly autoFocus={autoFocus} aria-label={label} value={value} onFocus={(event) => event.target.select()} className="font-mono text-xs" />
      <Button look="primary" onClick={() => void copyText(value).then(() => setCopied(true))}>
        {copied ? <Check /> : <Copy />} <span aria-live="polite">{copied ? "Copied" : "Copy"}</span>
      </Button>
    </div>
  );
}
