import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";

import { catalogueEntryQuery } from "./queries";
import { MoreFields, PlaceFields, type FieldsProps } from "./server-fields";
import { serverOf, serverProblems, type McpServer, type ServerDraft } from "./server-draft";
import { ServerTest } from "./server-test";
import { text } from "./text";

/** What the catalogue asks of whoever uses one of its servers; where the server is, it decides alone. */
function CatalogueFields({ id, draft, patch }: FieldsProps & { id: string }) {
  const query = useQuery(catalogueEntryQuery(id));
  if (query.isError) return <ErrorNote error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <div className="skeleton h-16" />;
  const given = new Map(draft.env);
  return (
    <>
      {query.data.description && <p className="text-[13px] text-fg-muted">{query.data.description}</p>}
      {query.data.required_env_vars.length > 0 && <p className="text-[13px] font-medium">{text.required}</p>}
      {query.data.required_env_vars.map((variable) => (
        <Field key={variable.name} label={variable.name} hint={variable.description} required={variable.required}>
          {(field) => (
            <Input
              {...field}
              type="password"
              autoComplete="off"
              value={given.get(variable.name) ?? ""}
              onChange={(event) => patch({ env: [...new Map([...given, [variable.name, event.target.value]])] })}
            />
          )}
        </Field>
      ))}
    </>
  );
}

interface ServerDialogProps {
  initial: ServerDraft;
  isNew: boolean;
  taken: ReadonlySet<string>;
  onClose: () => void;
  onDone: (server: McpServer) => void;
}

/** One MCP server of an assistant: where it is, what it is told, which of its tools may be used. */
export function ServerDialog({ initial, isNew, taken, onClose, onDone }: ServerDialogProps) {
  const [draft, setDraft] = useState(initial);
  const [tried, setTried] = useState(false);
  const problems = serverProblems(draft, taken);
  const shown = tried ? problems : {};
  const patch = (change: Partial<ServerDraft>) => setDraft((now) => ({ ...now, ...change }));
  const checked = (): McpServer | null => {
    setTried(true);
    return Object.keys(problems).length === 0 ? serverOf(draft) : null;
  };
  const fields = { draft, patch, problems: shown };
  return (
    <Dialog open onOpenChange={onClose} title={isNew ? text.addTitle : text.editTitle(initial.name)} className="max-w-2xl">
      <form
        noValidate
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          event.stopPropagation();
          const server = checked();
          if (server) onDone(server);
        }}
      >
        <Field label={text.name} hint={text.nameHint} error={shown.name} required>
          {(field) => <Input {...field} value={draft.name} maxLength={255} onChange={(event) => patch({ name: event.target.value })} />}
        </Field>
        {draft.catalogueId ? <CatalogueFields id={draft.catalogueId} {...fields} /> : <PlaceFields {...fields} />}
        <MoreFields {...fields} />
        <ServerTest server={checked} value={draft.tools} onChange={(tools) => patch({ tools })} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{text.cancel}</Button>
          <Button type="submit" look="primary">
            {isNew ? text.add : text.done}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
