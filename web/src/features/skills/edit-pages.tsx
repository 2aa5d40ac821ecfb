import { useQueries, useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";

import { BackLink } from "@/components/back-link";
import { ErrorNote } from "@/components/error-note";
import { Page } from "@/components/page";
import { RowSkeleton } from "@/components/results";
import { defaultProject, sessionQuery } from "@/features/identity/queries";

import { companionFileQuery, skillQuery, type Skill } from "./queries";
import { emptySkill, formOf, type SkillFile } from "./skill-draft";
import { SkillForm } from "./skill-form";
import { text } from "./text";

export function NewSkillPage() {
  const { data: user } = useSuspenseQuery(sessionQuery);
  const navigate = useNavigate();
  return (
    <Page title={text.newTitle} back={<BackLink to="/skills">{text.back}</BackLink>}>
      <SkillForm
        id={null}
        initial={emptySkill(defaultProject(user))}
        onSaved={(skillId) => void navigate({ to: "/skills/$skillId", params: { skillId } })}
      />
    </Page>
  );
}

/** Saving replaces all files of a skill, so their content is fetched before anything can be changed. */
function Loaded({ skill }: { skill: Skill }) {
  const navigate = useNavigate();
  const files = useQueries({ queries: (skill.companion_files ?? []).map(({ path }) => companionFileQuery(skill.id, path)) });
  const failed = files.find((file) => file.isError);
  if (failed) return <ErrorNote title={text.fileFailed} error={failed.error} onRetry={() => void failed.refetch()} />;
  const contents = files.flatMap(({ data }) => (data ? [data] : []));
  if (contents.length < files.length) return <RowSkeleton label={text.loading} />;
  const sent = contents.map(
    ({ path, content, mime_type, encoding }): SkillFile => ({ path, content, mime_type, encoding: encoding === "base64" ? "base64" : "text" }),
  );
  return (
    <SkillForm
      id={skill.id}
      initial={formOf(skill, sent)}
      onSaved={(skillId) => void navigate({ to: "/skills/$skillId", params: { skillId } })}
    />
  );
}

export function EditSkillPage() {
  const { skillId } = useParams({ from: "/app/skills/$skillId/edit" });
  const query = useQuery(skillQuery(skillId));
  return (
    <Page
      title={query.data ? text.editTitle(query.data.name) : text.title}
      back={
        <BackLink to="/skills/$skillId" params={{ skillId }}>
          {query.data?.name ?? text.back}
        </BackLink>
      }
    >
      {query.isError && <ErrorNote title={text.openFailed} error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <RowSkeleton label={text.loading} />}
      {query.data && <Loaded key={query.data.id} skill={query.data} />}
    </Page>
  );
}
