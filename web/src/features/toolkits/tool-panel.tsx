import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";

import { ErrorNote } from "@/components/error-note";
import { RowSkeleton } from "@/components/results";
import { Badge } from "@/components/ui/badge";
import { IconButton } from "@/components/ui/icon-button";
import { Sheet } from "@/components/ui/sheet";
import { useTypeLabel } from "@/features/integrations/queries";

import { EffectBadge } from "./effect-badge";
import { toolSchemaQuery, type CatalogueTool } from "./queries";
import { fieldsOf, type ArgumentField } from "./schema-form";
import { text } from "./text";
import { TryTool } from "./try-tool";

function ArgumentList({ fields }: { fields: readonly ArgumentField[] }) {
  if (fields.length === 0) return <p className="text-[13px] text-fg-muted">{text.noArgs}</p>;
  return (
    <dl className="rounded-lg border border-line text-[13px]">
      {fields.map((field) => (
        <div key={field.name} className="grid gap-0.5 border-t border-line px-3 py-2 first:border-t-0">
          <dt className="flex flex-wrap items-baseline gap-x-2">
            <code className="font-mono text-xs font-medium">{field.name}</code>
            <span className="text-xs text-fg-muted">{field.choices.length > 0 ? field.choices.join(" | ") : field.type}</span>
            {field.required && <span className="text-xs text-fg-muted">{text.required}</span>}
          </dt>
          <dd className="text-xs break-words text-fg-muted">{field.description}</dd>
        </div>
      ))}
    </dl>
  );
}

interface ToolPanelProps {
  tool: CatalogueTool;
  project: string;
  /** The integration that the form has for it. */
  integration: string | null;
  /** The integration whose agents have the tool, where it is one of theirs. */
  lentBy?: string;
  onClose: () => void;
}

/** What a tool is and takes, and a place to try it; beside the form, so that nothing typed there is lost. */
export function ToolPanel({ tool, project, integration, lentBy, onClose }: ToolPanelProps) {
  const query = useQuery(toolSchemaQuery(tool.name, lentBy));
  const fields = query.data ? fieldsOf(query.data.json_schema) : [];
  const labelOf = useTypeLabel();
  const title = tool.label ?? tool.name;
  return (
    <Sheet open onOpenChange={onClose} title={title} side="right">
      <div className="flex items-start gap-2 border-b border-line px-5 py-4">
        <div className="grid min-w-0 flex-1 justify-items-start gap-1">
          <h2 className="text-base font-semibold break-words">{title}</h2>
          <span className="flex flex-wrap gap-1.5">
            <EffectBadge effect={tool.effect} />
            {tool.credential_type && <Badge>{text.needs(labelOf(tool.credential_type))}</Badge>}
          </span>
        </div>
        <IconButton label="Close" onClick={onClose}>
          <X />
        </IconButton>
      </div>
      <div className="grid min-h-0 flex-1 content-start gap-5 overflow-y-auto p-5">
        <p className="text-[13px] break-words whitespace-pre-line">{query.data?.description ?? tool.user_description ?? tool.description}</p>
        {query.isPending && <RowSkeleton label={text.schemaLoading} rows={2} />}
        {query.isError && <ErrorNote title={text.schemaFailed} error={query.error} onRetry={() => void query.refetch()} />}
        {query.data === null && <p className="text-[13px] text-fg-muted">{text.onlyInChat}</p>}
        {query.data && (
          <>
            <section className="grid gap-2">
              <h3 className="text-sm font-semibold">{text.args}</h3>
              <ArgumentList fields={fields} />
            </section>
            <TryTool key={tool.name} tool={tool} fields={fields} project={project} integration={integration} />
          </>
        )}
      </div>
    </Sheet>
  );
}
