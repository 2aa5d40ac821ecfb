import { Select } from "@/components/ui/select";

import type { Mode, Source } from "./standing";
import { text } from "./text";

const SOURCES = (["both", "input", "output"] as const).map((value) => ({ value, label: text.sources[value] }));
const MODES = (["filtered", "all"] as const).map((value) => ({ value, label: text.modes[value] }));

interface JudgeFieldsProps {
  name: string;
  source: Source;
  mode: Mode;
  onChange: (change: { source?: Source; mode?: Mode }) => void;
  className?: string;
}

const OF_SOURCE = (["both", "output"] as const).map((value) => ({ value, label: text.sourcesOfKnowledge[value] }));

/** What a guardrail judges of a data source: its passages always, its documents on their way in unless only passages. */
export function KnowledgeJudgeField({ name, source, onChange }: Pick<JudgeFieldsProps, "name" | "source" | "onChange">) {
  return (
    <Select
      label={text.of(text.source, name)}
      value={source === "output" ? "output" : "both"}
      options={OF_SOURCE}
      onChange={(value) => onChange({ source: value as Source })}
    />
  );
}

/** What a guardrail judges, and how much of it. */
export function JudgeFields({ name, source, mode, onChange, className }: JudgeFieldsProps) {
  return (
    <>
      <Select
        className={className}
        label={text.of(text.source, name)}
        value={source}
        options={SOURCES}
        onChange={(value) => onChange({ source: value as Source })}
      />
      <Select
        className={className}
        label={text.of(text.mode, name)}
        value={mode}
        options={MODES}
        onChange={(value) => onChange({ mode: value as Mode })}
      />
    </>
  );
}
