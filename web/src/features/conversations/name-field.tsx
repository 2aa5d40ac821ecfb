import { useState } from "react";

import { Input } from "@/components/ui/input";

interface NameFieldProps {
  label: string;
  name: string;
  /** The new name; null when it stays. */
  onDone: (name: string | null) => void;
}

/** A name being changed where it stands. */
export function NameField({ label, name, onDone }: NameFieldProps) {
  const [draft, setDraft] = useState(name);
  const save = () => onDone(draft.trim() && draft.trim() !== name ? draft.trim() : null);
  return (
    <Input
      aria-label={label}
      autoFocus
      maxLength={255}
      value={draft}
      onFocus={(event) => event.target.select()}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={save}
      onKeyDown={(event) => {
        if (event.key === "Enter") save();
        if (event.key === "Escape") onDone(null);
      }}
    />
  );
}
