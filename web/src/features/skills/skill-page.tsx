import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { Bot, FileText } from "lucide-react";
import { lazy, Suspense, useState, type ReactNode } from "react";

import { BackLink } from "@/components/back-link";
import { ErrorNote } from "@/components/error-note";
import { Page } from "@/components/page";
import { RowSkeleton } from "@/components/results";
import { Time } from "@/components/time";
import { Badge } from "@/components/ui/badge";
import { Dialog } from "@/components/ui/dialog";
import { Reactions } from "@/features/marketplace/reactions";
import { bytes } from "@/lib/format";

import { companionFileQuery, skillAssistantsQuery, skillCategoriesQuery, skillQuery, type Skill } from "./queries";
import { SkillActions } from "./skill-actions";
import { text } from "./text";

const Markdown = lazy(async () => ({ default: (await import("@/features/conversations/markdown")).Markdown }));

function FileDialog({ skillId, path, onClose }: { skillId: string; path: string; onClose: () => void }) {
  const query = useQuery(companionFileQuery(skillId, path));
  return (
    <Dialog open onOpenChange={onClose} title={path} className="max-w-3xl">
      {query.isPending && <div className="skeleton h-40" />}
      {query.isError && <ErrorNote title={text.fileFailed} error={query.error} onRetry={() => void query.refetch()} />}
      {query.data?.encoding === "base64" && <p className="text-[13px] text-fg-muted">{text.fileBinary}</p>}
      {query.data && query.data.encoding !== "base64" && (
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so the keyboard must reach it
        <pre tabIndex={0} className="max-h-[65dvh] overflow-auto rounded-lg border border-line bg-subtle p-3 font-mono text-xs whitespace-pre-wrap">
          {query.data.content}
        </pre>
      )}
    </Dialog>
  );
}

function Files({ skill }: { skill: Skill }) {
  const [open, setOpen] = useState<string | null>(null);
  if (!skill.companion_files?.length) return null;
  return (
    <Block title={text.files}>
      <ul className="rounded-lg border border-line">
        {skill.companion_files.map((file) => (
          <li key={file.path} className="border-t border-line first:border-t-0">
            <button type="button" onClick={() => setOpen(file.path)} className="flex min-h-9 w-full items-center gap-2.5 px-3 text-left hover:bg-subtle">
              <FileText className="size-4 shrink-0 text-fg-muted" aria-hidden />
              <span className="min-w-0 flex-1 truncate font-mono text-xs">{file.path}</span>
              <span className="text-xs text-fg-muted tabular-nums">{bytes(file.size_bytes)}</span>
            </button>
          </li>
        ))}
      </ul>
      {open && <FileDialog skillId={skill.id} path={open} onClose={() => setOpen(null)} />}
    </Block>
  );
}

function Block({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="grid gap-2">
      <h2 className="text-sm font-semibold">{title}</h2>
      {children}
    </section>
  );
}

function UsedBy({ skill }: { skill: Skill }) {
  const { data } = useQuery(skillAssistantsQuery(skill.id));
  return (
    <Block title={text.usedBy}>
      {data?.length === 0 && <p className="text-[13px] text-fg-muted">{text.usedByNone}</p>}
      {data && data.length > 0 && (
        <ul className="max-h-72 overflow-y-auto rounded-lg border border-line">
          {data.map((assistant) => (
            <li key={assistant.id} className="border-t border-line first:border-t-0">
              <Link
                to="/assistants/$assistantId"
                params={{ assistantId: assistant.id }}
                className="flex min-h-9 items-center gap-2.5 px-3 text-[13px] hover:bg-subtle"
              >
                <Bot className="size-4 shrink-0 text-fg-muted" aria-hidden /> <span className="truncate">{assistant.name}</span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Block>
  );
}

function Facts({ skill }: { skill: Skill }) {
  const { data: known = [] } = useQuery(skillCategoriesQuery);
  const facts: [string, ReactNode][] = [
    [text.columns.visibility, text.visibilities[skill.visibility].label],
    [text.project, skill.project],
    [text.owner, skill.created_by?.name ?? "–"],
    [text.updated, <Time key="time" value={skill.updatedDate ?? skill.createdDate} />],
  ];
  return (
    <aside aria-label={text.facts} className="grid content-start gap-4">
      <Reactions kind="skills" id={skill.id} likes={skill.unique_likes_count} dislikes={skill.unique_dislikes_count} />
      <dl className="grid gap-3">
        {facts.map(([label, value]) => (
          <div key={label} className="grid gap-0.5">
            <dt className="text-xs text-fg-muted">{label}</dt>
            <dd className="text-[13px] break-words">{value}</dd>
          </div>
        ))}
      </dl>
      <div className="flex flex-wrap gap-1">
        {skill.categories.map((category) => (
          <Badge key={category}>{known.find(({ value }) => value === category)?.label ?? category}</Badge>
        ))}
      </div>
      <UsedBy skill={skill} />
    </aside>
  );
}

export function SkillPage() {
  const { skillId } = useParams({ from: "/app/skills/$skillId" });
  const query = useQuery(skillQuery(skillId));
  const skill = query.data;
  return (
    <Page
      title={skill?.name ?? text.title}
      description={skill?.description}
      badge={skill?.visibility === "public" ? <Badge tone="accent">{text.published}</Badge> : undefined}
      back={<BackLink to="/skills">{text.back}</BackLink>}
      actions={skill && <SkillActions skill={skill} />}
    >
      {query.isError && <ErrorNote title={text.openFailed} error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <RowSkeleton label={text.loading} />}
      {skill && (
        <div className="grid gap-8 md:grid-cols-[minmax(0,1fr)_240px]">
          <div className="grid min-w-0 content-start gap-6">
            <article aria-label={text.instructions} className="relative rounded-lg border border-line px-5 py-4 text-sm leading-relaxed">
              <h2 className="sr-only">{text.instructions}</h2>
              <Suspense fallback={<div className="skeleton h-40" />}>
                <Markdown source={skill.content} streaming={false} cite={() => null} />
              </Suspense>
            </article>
            <Files skill={skill} />
          </div>
          <Facts skill={skill} />
        </div>
      )}
    </Page>
  );
}
