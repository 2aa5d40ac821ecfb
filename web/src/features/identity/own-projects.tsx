import { Link } from "@tanstack/react-router";

import { DataTable, rowLink, type Column } from "@/components/data-table";
import { Badge } from "@/components/ui/badge";

import type { User } from "./queries";
import { text } from "./text";

type OwnProject = User["projects"][number];

function columns(user: User): Column<OwnProject>[] {
  return [
    {
      key: "project",
      label: text.project,
      cell: (project) => (
        <div className="flex min-w-0 items-center gap-2">
          <Link to="/administration/projects/$projectName" params={{ projectName: project.name }} className={`truncate font-medium ${rowLink}`}>
            {project.display_name ?? project.name}
          </Link>
          {project.is_default && <Badge>{text.isDefault}</Badge>}
        </div>
      ),
    },
    {
      key: "role",
      label: text.role,
      className: "w-36",
      cell: (project) => (project.name === user.email ? text.personal : project.is_project_admin ? text.projectAdmin : text.projectMember),
    },
  ];
}

export function OwnProjects({ user }: { user: User }) {
  return <DataTable label={text.projects} rows={user.projects} columns={columns(user)} rowKey={({ name }) => name} />;
}

export function OwnRoles({ user }: { user: User }) {
  const held = (["maintainer", "admin", "auditor"] as const).filter((role) => user[`is_${role}`]);
  const all = user.user_type === "external" ? [...held, "external" as const] : held;
  if (all.length === 0) return <p className="text-sm text-fg-muted">{text.noRoles}</p>;
  return (
    <ul className="grid gap-2">
      {all.map((role) => (
        <li key={role} className="flex flex-wrap items-center gap-x-2 text-sm">
          <Badge tone="accent">{text.roleNames[role]}</Badge> <span className="text-fg-muted">{text.roleTexts[role]}</span>
        </li>
      ))}
    </ul>
  );
}
