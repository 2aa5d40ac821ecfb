import { Plus, X } from "lucide-react";

import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { Input } from "@/components/ui/input";

import { text } from "./text";

export function StartersEditor({ value, onChange }: { value: string[]; onChange: (value: string[]) => void }) {
  return (
    <div className="grid justify-items-start gap-2">
      {value.map((starter, index) => (
        <div key={index} className="flex w-full items-center gap-1.5">
          <Input
            aria-label={text.starterLabel(index + 1)}
            value={starter}
            onChange={(event) => onChange(value.with(index, event.target.value))}
          />
          <IconButton label={text.starterRemove(index + 1)} onClick={() => onChange(value.toSpliced(index, 1))}>
            <X />
          </IconButton>
        </div>
      ))}
      <Button size="sm" onClick={() => onChange([...value, ""])}>
        <Plus /> {text.starterAdd}
      </Button>
    </div>
  );
}
