import { Plus, X } from "lucide-react";

import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { Input } from "@/components/ui/input";
import { randomId } from "@/lib/ids";

import type { FreeValue } from "./draft";
import { SecretField } from "./secret-field";
import { text } from "./text";

interface FreeValuesProps {
  value: readonly FreeValue[];
  stored: ReadonlySet<string>;
  problem: string | undefined;
  onChange: (value: FreeValue[]) => void;
}

/** Any names with secret values, such as the environment of an MCP server. */
export function FreeValues({ value, stored, problem, onChange }: FreeValuesProps) {
  const change = (changed: FreeValue) => onChange(value.map((item) => (item.key === changed.key ? changed : item)));
  return (
    <div role="group" aria-label={text.free} className="grid justify-items-start gap-2">
      <p className="text-[13px] font-medium">{text.free}</p>
      {value.map((item, index) => (
        <div key={item.key} className="flex w-full flex-wrap items-start gap-1.5">
          <Input
            aria-label={text.freeName(index + 1)}
            className="w-full font-mono text-xs sm:max-w-48"
            value={item.name}
            onChange={(event) => change({ ...item, name: event.target.value })}
          />
          <div className="min-w-40 flex-1">
            <SecretField
              label={text.freeValue(index + 1)}
              value={item.value}
              stored={stored.has(item.name)}
              onChange={(next) => change({ ...item, value: next })}
            />
          </div>
          <IconButton label={text.freeRemove(index + 1)} onClick={() => onChange(value.filter((other) => other.key !== item.key))}>
            <X />
          </IconButton>
        </div>
      ))}
      <Button size="sm" onClick={() => onChange([...value, { key: randomId(), name: "", value: "" }])}>
        <Plus /> {text.freeAdd}
      </Button>
      <p className={problem ? "text-xs text-bad" : "text-xs text-fg-muted"}>{problem ?? text.freeHint}</p>
    </div>
  );
}
