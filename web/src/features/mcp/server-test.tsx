import { CircleCheck, PlugZap } from "lucide-react";
import { useId } from "react";

import { ApiError } from "@/api/errors";
import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";

import { useSecretsOwner, useTestServer, type ServerTool } from "./queries";
import type { McpServer } from "./server-draft";
import { SignInNote } from "./sign-in-note";
import { text } from "./text";

/** What the server shows in place of a secret. */
const MASK = "********";

function Tool({ tool, checked, locked, onToggle }: { tool: ServerTool; checked: boolean; locked: boolean; onToggle: () => void }) {
  const id = useId();
  return (
    <li className="flex items-start gap-1.5 border-t border-line px-2 py-1 first:border-t-0">
      <Checkbox id={id} checked={checked} disabled={locked} onCheckedChange={onToggle} />
      <label htmlFor={id} className="grid min-w-0 flex-1 py-0.5 text-[13px]">
        <span className="font-mono text-xs leading-5 font-medium break-all">{tool.name}</span>
        {tool.description && <span className="line-clamp-2 text-xs text-fg-muted">{tool.description}</span>}
      </label>
    </li>
  );
}

interface ToolChoiceProps {
  offered: readonly ServerTool[];
  value: string[] | null;
  onChange: (tools: string[] | null) => void;
}

function ToolChoice({ offered, value, onChange }: ToolChoiceProps) {
  const id = useId();
  const names = offered.map(({ name }) => name);
  const toggle = (name: string) => {
    const chosen = value ?? names;
    onChange(chosen.includes(name) ? chosen.filter((other) => other !== name) : [...chosen, name]);
  };
  return (
    <fieldset className="grid gap-1.5">
      <legend className="mb-1.5 text-[13px] font-medium">{text.tools}</legend>
      <div className="flex items-center gap-1.5 px-2">
        <Checkbox id={id} checked={value === null} onCheckedChange={(on) => onChange(on === true ? null : names)} />
        <label htmlFor={id} className="text-[13px]">
          {text.allTools}
        </label>
      </div>
      <ul className="max-h-60 overflow-y-auto rounded-lg border border-line">
        {offered.map((tool) => (
          <Tool
            key={tool.name}
            tool={tool}
            locked={value === null}
            checked={value?.includes(tool.name) ?? true}
            onToggle={() => toggle(tool.name)}
          />
        ))}
      </ul>
    </fieldset>
  );
}

interface ServerTestProps extends Omit<ToolChoiceProps, "offered"> {
  server: () => McpServer | null;
}

/** Connects to the server as it is in the form, and shows what it offers. */
export function ServerTest({ server, value, onChange }: ServerTestProps) {
  const test = useTestServer();
  const owner = useSecretsOwner();
  const error = test.error;
  const run = () => {
    const asked = server();
    if (asked) test.mutate(asked);
  };
  const masked = !owner && JSON.stringify(test.variables ?? null).includes(MASK);
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <Button disabled={test.isPending} onClick={run}>
          <PlugZap /> {test.isPending ? text.testing : text.test}
        </Button>
        <span role="status" className="inline-flex items-center gap-1 text-[13px] text-good">
          {test.data && (
            <>
              <CircleCheck className="size-4" aria-hidden /> {text.testFine(test.data.length)}
            </>
          )}
        </span>
      </div>
      {error instanceof ApiError && error.signInDemands.length > 0 ? (
        <SignInNote demands={error.signInDemands}>{text.signInText}</SignInNote>
      ) : (
        error && <ErrorNote title={text.testFailed} error={error} />
      )}
      {error && masked && <p className="text-[13px] text-fg-muted">{text.testMasked}</p>}
      {test.data && test.data.length > 0 && <ToolChoice offered={test.data} value={value} onChange={onChange} />}
    </div>
  );
}
