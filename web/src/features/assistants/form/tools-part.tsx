import { Disclosure } from "@/components/disclosure";
import { SwitchField } from "@/components/switch-field";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { RadioCards } from "@/components/ui/radio-cards";
import { ServersEditor } from "@/features/mcp/servers-editor";

import type { Interactive, Policy } from "../draft";
import { text } from "../form-text";
import type { PartProps } from "./part";
import { ToolkitPicker } from "./toolkit-picker";

const POLICIES = Object.entries(text.policies).map(([value, said]) => ({ value, ...said }));
const INTERACTIVES = Object.entries(text.interactives) as [keyof Interactive, { label: string; hint: string }][];

function MoreAboutTools({ form, patch, problems }: PartProps) {
  return (
    <Disclosure label={text.advancedTools} open={Boolean(problems.tools_tokens_size_limit)}>
      <SwitchField
        label={text.smartTools}
        hint={text.smartToolsHint}
        checked={form.smart_tool_selection_enabled}
        onChange={(smart_tool_selection_enabled) => patch({ smart_tool_selection_enabled })}
      />
      <SwitchField label={text.override} checked={form.allowOverride} onChange={(allowOverride) => patch({ allowOverride })} />
      <Field label={text.limit} hint={text.limitHint} error={problems.tools_tokens_size_limit}>
        {(field) => (
          <Input
            {...field}
            inputMode="numeric"
            className="tabular-nums sm:max-w-45"
            value={form.tools_tokens_size_limit}
            onChange={(event) => patch({ tools_tokens_size_limit: event.target.value })}
          />
        )}
      </Field>
      <div role="group" aria-label={text.interactive} className="grid gap-3">
        <p className="text-[13px] font-medium">{text.interactive}</p>
        {INTERACTIVES.map(([key, said]) => (
          <SwitchField
            key={key}
            label={said.label}
            hint={said.hint}
            checked={form.interactive[key]}
            onChange={(on) => patch({ interactive: { ...form.interactive, [key]: on } })}
          />
        ))}
      </div>
    </Disclosure>
  );
}

export function ToolsPart(props: PartProps) {
  const { form, patch, problems } = props;
  return (
    <>
      <ToolkitPicker label={text.toolkits} project={form.project} value={form.toolkits} onChange={(toolkits) => patch({ toolkits })} />
      <div className="grid gap-1.5">
        <p className="text-[13px] font-medium">{text.servers}</p>
        <ServersEditor value={form.mcp_servers} onChange={(mcp_servers) => patch({ mcp_servers })} />
        {problems.mcp_servers && (
          <p role="alert" className="text-xs text-bad">
            {problems.mcp_servers}
          </p>
        )}
      </div>
      <div className="grid gap-1.5">
        <p className="text-[13px] font-medium">{text.policy}</p>
        <RadioCards label={text.policy} value={form.policy} onChange={(policy) => patch({ policy: policy as Policy })} options={POLICIES} />
      </div>
      <MoreAboutTools {...props} />
    </>
  );
}
