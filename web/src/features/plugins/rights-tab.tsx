import { useState, type SyntheticEvent } from "react";

import { FormFoot } from "@/components/form-foot";
import { LeaveGuard } from "@/components/leave-guard";
import { Section } from "@/components/section";
import { SwitchField } from "@/components/switch-field";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import { RadioCards } from "@/components/ui/radio-cards";

import { ArgumentRules } from "./argument-rules";
import { AskRules } from "./ask-rules";
import { useSaveRights, type Ask, type PluginKey, type Rights } from "./queries";
import { globsOf, linesOf } from "./rights";
import { text } from "./text";

const ASKS = ["never", "writes", "always"] as const;

/** The lists as they are typed; they become names when they are saved. */
interface Draft {
  rights: Rights;
  allowed: string;
  denied: string;
}

const draftOf = (rights: Rights): Draft => ({ rights, allowed: linesOf(rights.allowed_tools), denied: linesOf(rights.denied_tools) });
const written = ({ rights, allowed, denied }: Draft): Rights => ({ ...rights, allowed_tools: globsOf(allowed), denied_tools: globsOf(denied) });

interface NamesProps {
  label: string;
  hint: string;
  value: string;
  onChange: (value: string) => void;
}

function Names({ label, hint, value, onChange }: NamesProps) {
  return (
    <Field label={label} hint={hint}>
      {(field) => <Textarea {...field} rows={3} spellCheck={false} className="font-mono text-xs" value={value} onChange={(event) => onChange(event.target.value)} />}
    </Field>
  );
}

/** What may be done with a key; whoever made it decides, others see it. */
export function RightsTab({ pluginKey }: { pluginKey: PluginKey }) {
  const [draft, setDraft] = useState(() => draftOf(pluginKey.rights));
  const save = useSaveRights(pluginKey.id);
  const { rights } = draft;
  const patch = (change: Partial<Rights>) => setDraft((now) => ({ ...now, rights: { ...now.rights, ...change } }));
  const mine = pluginKey.user_abilities.includes("write");
  const dirty = () => mine && JSON.stringify(written(draft)) !== JSON.stringify(pluginKey.rights);
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    save.mutate(written(draft), { onSuccess: (saved) => setDraft(draftOf(saved.rights)) });
  };
  return (
    <form noValidate onSubmit={onSubmit}>
      {!mine && <p className="pb-4 text-[13px] text-fg-muted">{text.notYours}</p>}
      <fieldset disabled={!mine} className="min-w-0">
        <Section title={text.allowed}>
          <SwitchField label={text.readOnly} hint={text.readOnlyHint} checked={rights.read_only} disabled={!mine} onChange={(read_only) => patch({ read_only })} />
          <Names label={text.allowedTools} hint={text.allowedHint} value={draft.allowed} onChange={(allowed) => setDraft({ ...draft, allowed })} />
          <Names label={text.deniedTools} hint={text.deniedHint} value={draft.denied} onChange={(denied) => setDraft({ ...draft, denied })} />
        </Section>
        <Section title={text.ask} text={text.askHint}>
          <RadioCards
            label={text.ask}
            value={rights.ask}
            options={ASKS.map((value) => ({ value, label: text.asks[value], disabled: !mine }))}
            onChange={(ask) => patch({ ask: ask as Ask })}
          />
          <AskRules rules={rights.asks ?? []} onChange={(asks) => patch({ asks })} />
        </Section>
        <Section title={text.argumentRules} text={text.argumentRulesHint}>
          <ArgumentRules rules={rights.arguments ?? []} onChange={(rules) => patch({ arguments: rules })} />
        </Section>
      </fieldset>
      {mine && (
        <div className="border-t border-line py-4">
          <FormFoot action={text.save} busy={text.saving} mutation={save} failed={text.saveFailed} saved={text.saved} />
        </div>
      )}
      <LeaveGuard dirty={dirty} />
    </form>
  );
}
