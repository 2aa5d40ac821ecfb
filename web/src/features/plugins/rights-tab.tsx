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
import { globsOf, linesOf, problemsIn } from "./rights";
import { text } from "./text";

const PARTS = ["allowed_tools", "denied_tools", "asks", "arguments"] as const;
const ASKS = ["never", "writes", "always"] as const;

/** The lists as they are typed; they become names when they are saved. */
interface Draft {
  rights: Rights;
  allowed: string;
  denied: string;
}

const draftOf = (rights: Rights): Draft => ({ rights, allowed: linesOf(rights.allowed_tools), denied: linesOf(rights.denied_tools) });
const written = ({ rights, allowed, denied }: Draft): Rights => ({ ...rights, allowed_tools: globsOf(allowed), denied_tools: globsOf(denied) });

/** What stands at the fields already is not repeated at the end of the form. */
const toldAbove = (error: unknown) => (PARTS.some((part) => Object.keys(problemsIn(part, error)).length > 0) ? new Error(text.markedAbove) : error);

interface NamesProps {
  label: string;
  hint: string;
  /** What the server refused, by line. */
  problems: Readonly<Record<string, string>>;
  value: string;
  onChange: (value: string) => void;
}

function Names({ label, hint, problems, value, onChange }: NamesProps) {
  const [first] = Object.entries(problems);
  return (
    <Field label={label} hint={hint} error={first && text.inLine(Number(first[0]) + 1, first[1])}>
      {(field) => <Textarea {...field} rows={3} spellCheck={false} className="font-mono text-xs" value={value} onChange={(event) => onChange(event.target.value)} />}
    </Field>
  );
}

/** What may be done with a key; whoever made it decides, others see it. */
export function RightsTab({ pluginKey }: { pluginKey: PluginKey }) {
  const [draft, setDraft] = useState(() => draftOf(pluginKey.rights));
  const save = useSaveRights(pluginKey.id);
  const { rights } = draft;
  const change = (next: Partial<Draft>) => {
    // What was said about the former state is no longer true.
    if (!save.isIdle) save.reset();
    setDraft((now) => ({ ...now, ...next }));
  };
  const patch = (part: Partial<Rights>) => change({ rights: { ...rights, ...part } });
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
          <Names label={text.allowedTools} hint={text.allowedHint} value={draft.allowed} problems={problemsIn("allowed_tools", save.error)} onChange={(allowed) => change({ allowed })} />
          <Names label={text.deniedTools} hint={text.deniedHint} value={draft.denied} problems={problemsIn("denied_tools", save.error)} onChange={(denied) => change({ denied })} />
        </Section>
        <Section title={text.ask} text={text.askHint}>
          <RadioCards
            label={text.ask}
            value={rights.ask}
            options={ASKS.map((value) => ({ value, label: text.asks[value], disabled: !mine }))}
            onChange={(ask) => patch({ ask: ask as Ask })}
          />
          <AskRules rules={rights.asks ?? []} problems={problemsIn("asks", save.error)} onChange={(asks) => patch({ asks })} />
        </Section>
        <Section title={text.argumentRules} text={text.argumentRulesHint}>
          <ArgumentRules rules={rights.arguments ?? []} problems={problemsIn("arguments", save.error)} onChange={(rules) => patch({ arguments: rules })} />
        </Section>
      </fieldset>
      {mine && (
        <div className="border-t border-line py-4">
          <FormFoot action={text.save} busy={text.saving} mutation={{ ...save, error: toldAbove(save.error) }} failed={text.saveFailed} saved={text.saved} />
        </div>
      )}
      <LeaveGuard dirty={dirty} />
    </form>
  );
}
