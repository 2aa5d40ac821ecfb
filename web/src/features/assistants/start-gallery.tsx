import { useQuery } from "@tanstack/react-query";
import { FilePlus, Satellite, Sparkles, type LucideIcon } from "lucide-react";
import { useState } from "react";

import type { Schemas } from "@/api/schema";
import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";

import { AssistantAvatar } from "./avatar";
import { useGenerateAssistant } from "./drafting";
import { text } from "./form-text";
import { templatesQuery } from "./queries";
import { StartCard } from "./start-card";
import { text as common } from "./text";

function DraftWithAi({ onDraft }: { onDraft: (draft: Schemas["AssistantDraft"]) => void }) {
  const [wish, setWish] = useState("");
  const generate = useGenerateAssistant();
  return (
    <form
      className="grid gap-3 rounded-lg border border-line bg-subtle p-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (wish.trim()) generate.mutate(wish.trim(), { onSuccess: onDraft });
      }}
    >
      <Field label={text.ai.draftLabel} hint={text.ai.draftText}>
        {(field) => (
          <Textarea {...field} rows={3} maxLength={20_000} value={wish} onChange={(event) => setWish(event.target.value)} />
        )}
      </Field>
      {generate.isError && <ErrorNote title={text.ai.draftFailed} error={generate.error} />}
      <div className="flex justify-end">
        <Button type="submit" look="primary" disabled={generate.isPending || !wish.trim()}>
          <Sparkles /> {generate.isPending ? text.ai.drafting : text.ai.draftAction}
        </Button>
      </div>
    </form>
  );
}

function StartIcon({ icon: Icon }: { icon: LucideIcon }) {
  return (
    <span className="grid size-8 shrink-0 place-items-center rounded-lg border border-dashed border-line-strong text-fg-muted">
      <Icon className="size-4" aria-hidden />
    </span>
  );
}

/** The ways to begin: described in words, from nothing, from a template, or from an agent that is somewhere else. */
export function StartGallery({ onDraft }: { onDraft: (draft: Schemas["AssistantDraft"]) => void }) {
  const { data: templates = [], isError, error, refetch } = useQuery(templatesQuery);
  return (
    <div className="grid gap-6">
      <DraftWithAi onDraft={onDraft} />
      <section aria-labelledby="templates-title" className="grid gap-3">
        <h2 id="templates-title" className="text-sm font-semibold">
          {common.templates}
        </h2>
        {isError && <ErrorNote title={common.templatesFailed} error={error} onRetry={() => void refetch()} />}
        <ul className="grid gap-3 sm:grid-cols-2">
          <StartCard
            title={common.blank}
            about={common.blankText}
            icon={<StartIcon icon={FilePlus} />}
            to="/assistants/new"
            search={{ blank: true }}
          />
          <StartCard
            title={common.remote}
            about={common.remoteText}
            icon={<StartIcon icon={Satellite} />}
            to="/assistants/new"
            search={{ remote: true }}
          />
          {templates.map((template) => (
            <StartCard
              key={template.slug}
              title={template.name}
              about={template.description}
              icon={<AssistantAvatar name={template.name} icon={template.icon_url} />}
              to="/assistants/new"
              search={{ template: template.slug ?? "" }}
            />
          ))}
        </ul>
      </section>
    </div>
  );
}
