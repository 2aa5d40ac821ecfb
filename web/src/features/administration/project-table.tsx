import { Link } from "@tanstack/react-router";

import { rowLink, type Column } from "@/components/data-table";
import { Time } from "@/components/time";
import { Badge } from "@/components/ui/badge";

import type { ProjectRow } from "./project-queries";
import { text } from "./project-text";

const number = (value: number | undefined) => (value ?? 0).toLocaleString("en");

export const projectColumns: readonly Column<ProjectRow>[] = [
  {
    key: "name",
    label: text.name,
    sortable: true,
    cell: (project) => (
      <div className="min-w-0">
        <p className="flex min-w-0 items-center gap-2">
          <Link to="/administration/projects/$projectName" params={{ projectName: project.name }} className={`truncate font-medium ${rowLink}`}>
            {project.display_name ?? project.name}
          </Link>
          {project.project_type === "personal" && <Badge>{text.personal}</Badge>}
        </p>
        <p className="truncate text-xs text-fg-muted">{project.description ?? (project.display_name ? project.name : "")}</p>
      </div>
    ),
  },
  { key: "members", label: text.members, align: "right", from: "sm", className: "w-24", cell: (project) => number(project.user_count) },
  { key: "assistants", label: text.assistants, align: "right", from: "md", className: "w-24", cell: (project) => number(project.counters?.assistants_count) },
  { key: "sources", label: text.sources, align: "right", from: "lg", className: "w-28", cell: (project) => number(project.counters?.datasources_count) },
  {
    key: "created_at",
    label: text.created,
    align: "right",
    from: "sm",
    className: "w-32 text-fg-muted",
    sortable: true,
    cell: (project) => <Time value={project.created_at} />,
  },
];
