import { Plus, X } from "lucide-react";
import { useId } from "react";

import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { IconButton } from "@/components/ui/icon-button";
import { Input } from "@/components/ui/input";

import type { Asked } from "./entry-draft";
import { text } from "./page-text";

interface RowProps {
  index: number;
  asked: Asked;
  onChange: (asked: Asked) => void;
  onRemove: () => void;
}

function Row({ index, asked, onChange, onRemove }: RowProps) {
  const id = useId();
  return (
    <li aria-label={text.askedRow(index)} className="flex flex-wrap items-center gap-2 sm:flex-nowrap">
      <Input
        aria-label={text.askedName}
        placeholder={text.askedName}
        className="font-mono text-xs sm:max-w-44"
        value={asked.name}
        onChange={(event) => onChange({ ...asked, name: event.target.value.replace(/\s/g, "_") })}
      />
      <Input
        aria-label={text.askedAbout}
        placeholder={text.askedAbout}
        value={asked.description}
        onChange={(event) => onChange({ ...asked, description: event.target.value })}
      />
      <span className="flex items-center text-[13px]">
        <Checkbox id={id} checked={asked.required} onCheckedChange={(on) => onChange({ ...asked, required: on === true })} />
        <label htmlFor={id}>{text.askedRequired}</label>
      </span>
      <IconButton label={text.askedRemove(asked.name)} onClick={onRemove}>
        <X />
      </IconButton>
    </li>
  );
}

/** What whoever uses a server of the catalogue has to give. */
export function AskedEditor({ value, onChange }: { value: Asked[]; onChange: (value: Asked[]) => void }) {
  return (
    <div className="grid justify-items-start gap-2">
      <ul className="grid w-full gap-2">
        {value.map((asked, index) => (
          <Row
            key={index}
            index={index + 1}
            asked={asked}
            onChange={(changed) => onChange(value.with(index, changed))}
            onRemove={() => onChange(value.toSpliced(index, 1))}
          />
        ))}
      </ul>
      <Button size="sm" onClick={() => onChange([...value, { name: "", description: "", required: true }])}>
        <Plus /> {text.askedAdd}
      </Button>
    </div>
  );
}
