import { Plus, X } from "lucide-react";
import { useId } from "react";

import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { Input } from "@/components/ui/input";

import type { Pairs } from "./server-draft";
import { text } from "./text";

interface PairsEditorProps {
  label: string;
  hint?: string;
  add: string;
  value: Pairs;
  onChange: (value: Pairs) => void;
}

const SECRET = /token|secret|password|key|authorization/i;

/** Names with values, such as headers. */
export function PairsEditor({ label, hint, add, value, onChange }: PairsEditorProps) {
  const id = useId();
  return (
    <div role="group" aria-labelledby={id} className="grid justify-items-start gap-1.5">
      <p id={id} className="text-[13px] font-medium">
        {label}
      </p>
      {value.map(([key, entry], index) => (
        <div key={index} className="flex w-full items-center gap-1.5">
          <Input
            aria-label={`${label} ${index + 1}: ${text.key}`}
            placeholder={text.key}
            className="max-w-44 font-mono text-xs"
            value={key}
            onChange={(event) => onChange(value.with(index, [event.target.value, entry]))}
          />
          <Input
            aria-label={`${label} ${index + 1}: ${text.value}`}
            placeholder={text.value}
            className="font-mono text-xs"
            type={SECRET.test(key) && !entry.includes("{{") ? "password" : "text"}
            autoComplete="off"
            value={entry}
            onChange={(event) => onChange(value.with(index, [key, event.target.value]))}
          />
          <IconButton label={text.removeEntry(key)} onClick={() => onChange(value.toSpliced(index, 1))}>
            <X />
          </IconButton>
        </div>
      ))}
      <Button size="sm" onClick={() => onChange([...value, ["", ""]])}>
        <Plus /> {add}
      </Button>
      {hint && <p className="text-xs text-fg-muted">{hint}</p>}
    </div>
  );
}
