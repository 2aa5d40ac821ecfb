import { Section } from "@/components/section";

import { MASK, shownKeys, type Draft, type Problems } from "./draft";
import { FreeValues } from "./free-values";
import { KeyField } from "./key-field";
import type { IntegrationType, Setting } from "./queries";
import { text } from "./text";

interface CredentialPartProps {
  type: IntegrationType;
  draft: Draft;
  setting: Setting | null;
  problems: Problems;
  onChange: (change: Partial<Draft>) => void;
}

export function CredentialPart({ type, draft, setting, problems, onChange }: CredentialPartProps) {
  const stored = new Set((setting?.credential_values ?? []).filter(({ value }) => value === MASK).map(({ key }) => key));
  return (
    <Section title={text.credential} text={text.credentialText}>
      {shownKeys(type, draft.values).map((key) => (
        <KeyField
          key={key.name}
          field={key}
          value={draft.values[key.name] ?? ""}
          stored={[key.name, ...(key.aliases ?? [])].some((name) => stored.has(name))}
          problem={problems[key.name]}
          onChange={(value) => onChange({ values: { ...draft.values, [key.name]: value } })}
        />
      ))}
      {type.free && <FreeValues value={draft.free} stored={stored} problem={problems["free"]} onChange={(free) => onChange({ free })} />}
    </Section>
  );
}
