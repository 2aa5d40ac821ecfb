import { CircleAlert, Copy, RotateCw } from "lucide-react";
import { useState, type ReactNode } from "react";

import { ApiError } from "@/api/errors";
import { Button } from "@/components/ui/button";
import { copyText } from "@/lib/clipboard";

function RequestId({ id }: { id: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () => void copyText(id).then(() => setCopied(true));
  return (
    <button
      type="button"
      onClick={copy}
      className="inline-flex min-h-6 items-center gap-1 rounded text-left font-mono text-xs break-all text-fg-muted hover:text-fg"
    >
      <Copy className="size-3 shrink-0" aria-hidden />
      {copied ? "Request id copied" : `Request ${id}`}
    </button>
  );
}

/** Denials name the role that is missing; this says who gives it. First match wins. */
const GRANTERS: readonly (readonly [RegExp, string])[] = [
  [/your own .* role|your own project limit/i, "Ask another maintainer to do it."],
  [/last active/i, "Give somebody else the role first."],
  [/maintainer or auditor/i, "A maintainer of the platform can give you the role of an auditor."],
  [/only maintainers|requires maintainer/i, "Ask a maintainer of the platform: maintainers are marked in the list of users."],
  [/administrator/i, "An administrator can do this for you; only a maintainer can make you one."],
  [/identity provider/i, "Whoever runs the identity provider can change it."],
  [/access the (project|application)/i, "An administrator of the project can add you as a member."],
];

function whoCanGrant(details: string | null): string {
  const fitting = GRANTERS.find(([denial]) => denial.test(details ?? ""));
  return fitting?.[1] ?? "Ask the owner or an administrator of the project to give you access.";
}

interface ErrorNoteProps {
  error: unknown;
  /** What was being done, said before the cause: "The assistants could not be loaded". */
  title?: string;
  onRetry?: (() => void) | undefined;
  actions?: ReactNode;
}

/** What failed, why, what to do, the request id to quote, and a way to try again. */
export function ErrorNote({ error, title, onRetry, actions }: ErrorNoteProps) {
  const api = error instanceof ApiError ? error : null;
  const message = error instanceof Error ? error.message : "Something unexpected happened";
  const cause = [title ? message : null, api?.details].filter(Boolean).join(". ");
  const help = api?.denied ? (api.help ?? whoCanGrant(api.details)) : api?.help;
  return (
    <div role="alert" className="flex gap-2.5 rounded-lg border border-bad/40 bg-bad-soft px-3 py-2.5 text-sm">
      <CircleAlert className="mt-0.5 size-4 shrink-0 text-bad" aria-hidden />
      <div className="grid min-w-0 flex-1 gap-1">
        <p className="font-medium break-words">{title ?? message}</p>
        {cause && <p className="break-words text-fg-muted">{cause}</p>}
        {help && <p className="break-words text-fg-muted">{help}</p>}
        {(onRetry ?? actions ?? api?.requestId) && (
          <div className="mt-1 flex flex-wrap items-center gap-2">
            {onRetry && (
              <Button size="sm" onClick={onRetry}>
                <RotateCw /> Try again
              </Button>
            )}
            {actions}
            {api?.requestId && <RequestId id={api.requestId} />}
          </div>
        )}
      </div>
    </div>
  );
}
