import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useRef, useState, type SyntheticEvent } from "react";

import { BackLink } from "@/components/back-link";
import { ErrorNote } from "@/components/error-note";
import { FormFoot } from "@/components/form-foot";
import { LeaveGuard } from "@/components/leave-guard";
import { Page } from "@/components/page";
import { RowSkeleton } from "@/components/results";
import { Section } from "@/components/section";
import { GuardPicker } from "@/features/guardrails/guard-picker";
import { ProjectField } from "@/features/identity/project-field";
import { sessionQuery } from "@/features/identity/queries";

import { FileDrop, fileProblem } from "./file-drop";
import { GitFields, gitProblems } from "./git-fields";
import { KeptFiles } from "./kept-files";
import { sourceQuery, useChangeSource, type SourceDetail } from "./queries";
import { formOf, type SourceForm } from "./source-change";
import { AboutField, AccessPart } from "./source-fields";
import { text } from "./text";

function problemOf(source: SourceDetail, { git, files, kept }: SourceForm): string | undefined {
  if (source.index_type === "code") return Object.values(gitProblems(git)).find(Boolean);
  return fileProblem(files) ?? (files.length + kept.length === 0 ? text.filesMissing : undefined);
}

interface PartProps {
  source: SourceDetail;
  form: SourceForm;
  tried: boolean;
  patch: (change: Partial<SourceForm>) => void;
}

/** Where its documents come from. */
function OriginPart({ source, form, tried, patch }: PartProps) {
  const { data: user } = useSuspenseQuery(sessionQuery);
  if (source.index_type === "code") {
    return (
      <GitFields
        value={form.git}
        project={form.project}
        own={source.created_by.id === user.user_id}
        signedIn={Boolean(source.setting_id)}
        tried={tried}
        onChange={(change) => patch({ git: { ...form.git, ...change } })}
      />
    );
  }
  return (
    <Section title={text.files} text={text.filesChange}>
      <KeptFiles stored={source.uploaded_files ?? []} kept={form.kept} onChange={(kept) => patch({ kept })} />
      <FileDrop files={form.files} onChange={(files) => patch({ files })} error={fileProblem(form.files) ?? (tried ? problemOf(source, form) : undefined)} />
    </Section>
  );
}

function EditForm({ source }: { source: SourceDetail }) {
  const navigate = useNavigate();
  const [initial] = useState(() => formOf(source));
  const [form, setForm] = useState(initial);
  const [tried, setTried] = useState(false);
  const leaving = useRef(false);
  const save = useChangeSource(source);
  const patch = (change: Partial<SourceForm>) => setForm((now) => ({ ...now, ...change }));
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    setTried(true);
    if (problemOf(source, form)) return;
    save.mutate(
      { before: initial, now: form },
      {
        onSuccess: () => {
          leaving.current = true;
          void navigate({ to: "/knowledge/$sourceId", params: { sourceId: source.id } });
        },
      },
    );
  };
  return (
    <form noValidate onSubmit={onSubmit}>
      <Section title={text.what}>
        <AboutField value={form.description} onChange={(description) => patch({ description })} />
        <ProjectField label={text.project} hint={text.projectHint} value={form.project} onChange={(project) => patch({ project, guards: [] })} />
      </Section>
      <OriginPart source={source} form={form} tried={tried} patch={patch} />
      <AccessPart value={form} onChange={patch} />
      <Section title={text.guards} text={text.guardsText}>
        <GuardPicker of="source" project={form.project} value={form.guards} onChange={(guards) => patch({ guards })} />
      </Section>
      <FormFoot action={text.save} busy={text.saving} mutation={save} failed={text.saveFailed} />
      <LeaveGuard dirty={() => !leaving.current && form !== initial} />
    </form>
  );
}

/** Changes what a data source says of itself, who may use it, and what is read. */
export function EditSourcePage() {
  const { sourceId } = useParams({ from: "/app/knowledge/$sourceId/edit" });
  const query = useQuery({ ...sourceQuery(sourceId), staleTime: 0 });
  const source = query.data;
  const writable = source?.user_abilities.includes("write");
  return (
    <Page
      title={source ? text.editTitle(source.repo_name) : text.title}
      description={source && !writable ? text.readOnly : undefined}
      back={
        <BackLink to="/knowledge/$sourceId" params={{ sourceId }}>
          {source?.repo_name ?? text.back}
        </BackLink>
      }
    >
      {query.isError && <ErrorNote title={text.openFailed} error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <RowSkeleton label={text.loading} />}
      {source && writable && <EditForm key={source.id} source={source} />}
    </Page>
  );
}
