import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { FileUp, UserPlus } from "lucide-react";
import { useState } from "react";

import { ApiError } from "@/api/errors";
import { BackLink } from "@/components/back-link";
import { Delayed } from "@/components/delayed";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { Page } from "@/components/page";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Tabs } from "@/components/ui/tabs";
import { sessionQuery } from "@/features/identity/queries";
import { managesProject } from "@/features/identity/rights";
import { FolderX } from "lucide-react";

import { AddMembers } from "./add-members";
import { MemberList } from "./member-list";
import { projectQuery, type ProjectDetail } from "./project-queries";
import { ProjectSettings } from "./project-settings";
import { text } from "./project-text";

export const titleOf = (project: ProjectDetail) => project.display_name ?? project.name;
const BackToProjects = () => <BackLink to="/administration/projects">{text.title}</BackLink>;

function Missing({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return error instanceof ApiError && error.status === 404 ? (
    <EmptyState icon={FolderX} title={error.message} text={text.notFound} />
  ) : (
    <ErrorNote title={text.openFailed} error={error} onRetry={onRetry} />
  );
}

function Actions({ project }: { project: ProjectDetail }) {
  const [adding, setAdding] = useState(false);
  return (
    <>
      <Button asChild>
        <Link to="/administration/projects/$projectName/import" params={{ projectName: project.name }}>
          <FileUp /> {text.import}
        </Link>
      </Button>
      <Button look="primary" onClick={() => setAdding(true)}>
        <UserPlus /> {text.add}
      </Button>
      {adding && <AddMembers project={project} onClose={() => setAdding(false)} />}
    </>
  );
}

function Content({ project, tab }: { project: ProjectDetail; tab: string }) {
  const { data: caller } = useSuspenseQuery(sessionQuery);
  const personal = project.project_type === "personal";
  const manages = managesProject(caller, project);
  const params = { projectName: project.name };
  return (
    <Page
      title={titleOf(project)}
      description={project.description ?? (project.display_name ? project.name : undefined)}
      badge={personal ? <Badge>{text.personal}</Badge> : undefined}
      back={<BackToProjects />}
      actions={manages && !personal && tab === "members" ? <Actions project={project} /> : undefined}
    >
      <Tabs
        label={titleOf(project)}
        current={tab}
        tabs={[
          { key: "members", label: text.members, count: project.user_count, link: { to: "/administration/projects/$projectName", params } },
          { key: "settings", label: text.settings, link: { to: "/administration/projects/$projectName", params, search: { tab: "settings" } } },
        ]}
      />
      {personal ? (
        <p className="text-[13px] text-fg-muted">{text.personalText}</p>
      ) : (
        !manages && <p className="text-[13px] text-fg-muted">{text.onlyManagers}</p>
      )}
      {tab === "members" ? (
        <MemberList project={project} editable={manages && !personal} />
      ) : (
        <ProjectSettings key={project.name} project={project} caller={caller} editable={manages} />
      )}
    </Page>
  );
}

export function ProjectPage() {
  const { projectName } = useParams({ from: "/app/administration/projects/$projectName" });
  const { tab = "members" } = useSearch({ from: "/app/administration/projects/$projectName" });
  const query = useQuery(projectQuery(projectName));
  if (query.data) return <Content project={query.data} tab={tab} />;
  return (
    <Page title={query.isError ? text.title : projectName} back={<BackToProjects />}>
      {query.isError ? (
        <Missing error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <Delayed label={text.loading}>
          <div className="skeleton h-64" />
        </Delayed>
      )}
    </Page>
  );
}
