import { Check } from "lucide-react";

import { Button } from "@/components/ui/button";
import { Input, Textarea } from "@/components/ui/input";

import { MASK } from "./draft";
import { text } from "./text";

interface SecretFieldProps {
  id?: string;
  label: string;
  value: string;
  /** There is a stored one to return to. */
  stored: boolean;
  long?: boolean;
  invalid?: boolean | undefined;
  describedBy?: string | undefined;
  onChange: (value: string) => void;
}

/** Write-only: a stored secret is said to be kept, never shown. */
export function SecretField({ id, label, value, stored, long = false, invalid, describedBy, onChange }: SecretFieldProps) {
  if (value === MASK) {
    return (
      <div className="flex min-h-8 flex-wrap items-center gap-2">
        <span id={id} tabIndex={-1} className="inline-flex items-center gap-1 text-[13px] text-fg-muted">
          <Check className="size-4 text-good" aria-hidden /> {text.kept}
        </span>
        <Button size="sm" aria-label={text.replace(label)} onClick={() => onChange("")}>
          {text.replaceShort}
        </Button>
      </div>
    );
  }
  const field = {
    id,
    "aria-label": id ? undefined : label,
    "aria-describedby": describedBy,
    "aria-invalid": invalid,
    value,
    autoComplete: "off",
    spellCheck: false,
    className: "font-mono text-xs",
  };
  return (
    <div className="grid justify-items-start gap-1.5">
      {long ? (
        <Textarea {...field} rows={5} onChange={(event) => onChange(event.target.value)} />
      ) : (
        <Input {...field} type="password" autoComplete="new-password" onChange={(event) => onChange(event.target.value)} />
      )}
      {stored && (
        <Button size="sm" look="ghost" aria-label={text.keep(label)} onClick={() => onChange(MASK)}>
          {text.keepShort}
        </Button>
      )}
    </div>
  );
}
