import { Disclosure } from "@/components/disclosure";
import { SwitchField } from "@/components/switch-field";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { RadioCards } from "@/components/ui/radio-cards";

import { PairsEditor } from "./pairs-editor";
import type { Kind, ServerDraft, ServerProblems } from "./server-draft";
import { text } from "./text";

export interface FieldsProps {
  draft: ServerDraft;
  patch: (change: Partial<ServerDraft>) => void;
  problems: ServerProblems;
}

const KINDS = (["http", "sse", "command"] as const).map((kind) => ({ value: kind, label: text.kinds[kind], hint: text.kindHints[kind] }));

/** Where a server is, and what it is told: by address or by command. */
export function PlaceFields({ draft, patch, problems }: FieldsProps) {
  return (
    <>
      <RadioCards label={text.kind} value={draft.kind} onChange={(kind) => patch({ kind: kind as Kind })} options={KINDS} />
      {draft.kind === "command" ? (
        <Field label={text.command} hint={text.commandHint} error={problems.command} required>
          {(field) => (
            <Input
              {...field}
              className="font-mono text-xs"
              placeholder="uvx mcp-server-time"
              value={draft.command}
              onChange={(event) => patch({ command: event.target.value })}
            />
          )}
        </Field>
      ) : (
        <>
          <Field label={text.url} error={problems.url} required>
            {(field) => (
              <Input
                {...field}
                type="url"
                className="font-mono text-xs"
                placeholder="https://tickets.example.com/mcp"
                value={draft.url}
                onChange={(event) => patch({ url: event.target.value })}
              />
            )}
          </Field>
          <Field label={text.token} hint={text.tokenHint}>
            {(field) => (
              <Input
                {...field}
                type="password"
                autoComplete="off"
                className="font-mono text-xs"
                value={draft.token}
                onChange={(event) => patch({ token: event.target.value })}
              />
            )}
          </Field>
          <PairsEditor label={text.headers} hint={text.headersHint} add={text.addHeader} value={draft.headers} onChange={(headers) => patch({ headers })} />
        </>
      )}
      <PairsEditor label={text.env} hint={text.envHint} add={text.addValue} value={draft.env} onChange={(env) => patch({ env })} />
    </>
  );
}

export function MoreFields({ draft, patch, problems }: FieldsProps) {
  return (
    <Disclosure label={text.advanced} open={Boolean(problems.limit)}>
      <Field label={text.limit} error={problems.limit}>
        {(field) => (
          <Input
            {...field}
            inputMode="numeric"
            className="max-w-45 tabular-nums"
            value={draft.limit}
            onChange={(event) => patch({ limit: event.target.value })}
          />
        )}
      </Field>
      {!draft.catalogueId && <SwitchField label={text.single} checked={draft.single} onChange={(single) => patch({ single })} />}
      <SwitchField label={text.enabled} checked={draft.enabled} onChange={(enabled) => patch({ enabled })} />
    </Disclosure>
  );
}
