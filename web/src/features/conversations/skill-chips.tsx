import { BookOpen, X } from "lucide-react";

import type { SkillRef } from "./run-state";
import { text } from "./text";

/** Skills that go along with the message, and the way to take them off again. */
export function SkillChips({ skills, onRemove }: { skills: readonly SkillRef[]; onRemove: (id: string) => void }) {
  if (skills.length === 0) return null;
  return (
    <ul aria-label={text.skillsAlong} className="flex flex-wrap gap-1.5 px-2.5 pt-2.5">
      {skills.map(({ id, name }) => (
        <li key={id} className="flex max-w-full items-center gap-1.5 rounded-md border border-line py-0.5 pr-0.5 pl-2 text-xs">
          <BookOpen className="size-3.5 shrink-0 text-fg-muted" aria-hidden />
          <span className="truncate">{name}</span>
          <button
            type="button"
            aria-label={text.detach(name)}
            onClick={() => onRemove(id)}
            className="grid size-6 shrink-0 place-items-center rounded text-fg-muted hover:text-fg"
          >
            <X className="size-3.5" />
          </button>
        </li>
      ))}
    </ul>
  );
}
