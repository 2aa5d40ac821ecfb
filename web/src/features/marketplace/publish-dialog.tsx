import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";

import { request } from "@/api/client";
import type { Schemas } from "@/api/schema";
import { ErrorNote } from "@/components/error-note";
import { ToggleChips } from "@/components/toggle-chips";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { categoriesQuery } from "@/features/assistants/queries";
import { cn } from "@/lib/cn";

import { usePublishCheck, verdictOf } from "./queries";
import { text } from "./text";

type Check = Schemas["PublishValidation"];
const MOST = 3;

interface ListedProps {
  title: string;
  items: string[];
  note?: string;
  calm?: boolean;
}

function Listed({ title, items, note, calm = false }: ListedProps) {
  if (items.length === 0) return null;
  return (
    <div className={cn("grid gap-1 rounded-lg border p-3 text-[13px]", calm ? "border-line" : "border-warn-line bg-warn-soft")}>
      <p className="font-medium">{title}</p>
      <ul className="list-disc pl-5 text-fg-muted">
        {items.map((item) => (
          <li key={item}>{item}</li>
        ))}
      </ul>
      {note && <p className="text-fg-muted">{note}</p>}
    </div>
  );
}

const credentialName = (found: Schemas["InlineCredential"]) =>
  [found.sub_assistant_name, found.mcp_server ?? found.label ?? found.toolkit, found.env_vars?.join(", ")].filter(Boolean).join(": ");

/** What the quality gate would change; critical points are what it rejected for. */
function VerdictList({ fields }: { fields: ReturnType<typeof verdictOf> }) {
  return (
    <div role="alert" className="grid gap-2 rounded-lg border border-warn-line bg-warn-soft p-3 text-[13px]">
      <p className="font-medium">{text.rejected}</p>
      <ul className="grid max-h-60 gap-2 overflow-y-auto">
        {fields.map((field, index) => (
          <li key={index} className="grid gap-0.5">
            <span className="flex items-center gap-2 font-medium">
              {field.name.replaceAll("_", " ")} {field.severity === "critical" && <Badge tone="warn">important</Badge>}
            </span>
            <span className="text-fg-muted">{field.reason}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function usePublish(assistant: { id: string }, check: Check | undefined, categories: string[]) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (ignoreRecommendations: boolean) =>
      request(`/assistants/${assistant.id}/marketplace/publish`, {
        method: "POST",
        json: {
          categories,
          ignore_recommendations: ignoreRecommendations,
          sub_assistants_settings: (check?.sub_assistants ?? [])
            .filter((sub) => !sub.is_global)
            .map((sub) => ({ assistant_id: sub.id, is_global: true, categories: sub.categories.length > 0 ? sub.categories : categories })),
        },
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["assistants"] }),
  });
}

interface PublishDialogProps {
  assistant: { id: string; name: string; categories: readonly (string | { id: string })[] };
  onClose: () => void;
}

/** Shows what publishing lends to everybody, asks for the categories, and tells what the quality gate says. */
export function PublishDialog({ assistant, onClose }: PublishDialogProps) {
  const id = useId();
  const check = usePublishCheck(assistant.id);
  const { data: known = [] } = useQuery(categoriesQuery);
  const [categories, setCategories] = useState(() => assistant.categories.map((item) => (typeof item === "string" ? item : item.id)));
  const [confirmed, setConfirmed] = useState(false);
  const publish = usePublish(assistant, check.data, categories);
  const verdict = verdictOf(publish.error);
  const blocked = !check.data || categories.length === 0 || (check.data.requires_confirmation && !confirmed) || publish.isPending;
  return (
    <Dialog open onOpenChange={onClose} title={text.publishTitle(assistant.name)} description={text.publishText} className="max-w-xl">
      {check.isError && <ErrorNote title={text.checkFailed} error={check.error} onRetry={() => void check.refetch()} />}
      <ToggleChips
        label={text.categories}
        hint={categories.length === 0 ? text.categoriesMissing : text.categoriesHint}
        most={MOST}
        choices={known.map((category) => ({ value: category.id, label: category.name }))}
        value={categories}
        onChange={setCategories}
      />
      {check.data && (
        <>
          <Listed title={text.credentials} items={check.data.inline_credentials.map(credentialName)} />
          <Listed title={text.subs} items={check.data.sub_assistants.filter((sub) => !sub.is_global).map((sub) => sub.name)} note={text.subsHint} />
          <Listed calm title={text.variables} items={check.data.prompt_variables.map((variable) => variable.description ?? variable.key)} />
          {check.data.requires_confirmation && (
            <div className="flex items-center gap-1.5">
              <Checkbox id={id} checked={confirmed} onCheckedChange={(on) => setConfirmed(on === true)} />
              <label htmlFor={id} className="text-[13px]">
                {text.confirm}
              </label>
            </div>
          )}
        </>
      )}
      {verdict.length > 0 ? <VerdictList fields={verdict} /> : publish.isError && <ErrorNote title={text.failed} error={publish.error} />}
      <div className="flex flex-wrap justify-end gap-2">
        {verdict.length > 0 && (
          <Button disabled={blocked} onClick={() => publish.mutate(true, { onSuccess: onClose })}>
            {text.anyway}
          </Button>
        )}
        <Button look="primary" disabled={blocked} onClick={() => publish.mutate(false, { onSuccess: onClose })}>
          {publish.isPending ? text.publishing : text.action}
        </Button>
      </div>
    </Dialog>
  );
}
