import { BookOpen } from "lucide-react";

import { RemovableChip } from "@/components/removable-chip";

import type { SkillRef } from "./run-state";
import { text } from "./text";

/** Skills that go along with the message. */
export function SkillChips({ skills, onRemove }: { skills: readonly SkillRef[]; onRemove: (id: string) => void }) {
  if (skills.length === 0) return null;
  return (
    <ul aria-label={text.skillsAlong} className="flex flex-wrap gap-1.5 px-2.5 pt-2.5">
      {skills.map(({ id, name }) => (
        <RemovableChip key={id} remove={text.detach(name)} onRemove={() => onRemove(id)}>
          <BookOpen className="size-3.5 shrink-0 text-fg-muted" aria-hidden />
          <span className="truncate">{name}</span>
        </RemovableChip>
      ))}
    </ul>
  );
}
