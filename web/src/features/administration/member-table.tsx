import type { Column } from "@/components/data-table";
import { Face } from "@/components/face";
import { Time } from "@/components/time";
import { Badge } from "@/components/ui/badge";
import { Select } from "@/components/ui/select";

import type { Member, ProjectDetail } from "./project-queries";
import { text } from "./project-text";
import { ROLE_OPTIONS } from "./role-options";

const nameOf = (member: Member) => member.name || member.email;

/** The columns of members; with `onRole` the role can be changed in its place. */
export function memberColumns(project: ProjectDetail, onRole: ((userId: string, admin: boolean) => void) | undefined): Column<Member>[] {
  return [
    {
      key: "name",
      label: text.name,
      cell: (member) => (
        <div className="flex items-center gap-2.5">
          <Face name={nameOf(member)} className="hidden sm:grid" />
          <div className="min-w-0">
            <p className="flex min-w-0 flex-wrap items-center gap-x-2 sm:flex-nowrap">
              {/* Beside the role there is little room on a phone: names go on in the next line there. */}
              <span className="min-w-0 font-medium break-words sm:truncate">{nameOf(member)}</span>
              {member.user_id === project.created_by && <Badge>{text.owner}</Badge>}
            </p>
            <p className="text-xs break-words text-fg-muted sm:truncate">{member.email}</p>
          </div>
        </div>
      ),
    },
    {
      key: "role",
      label: text.role,
      className: "w-40",
      cell: (member) =>
        onRole ? (
          <Select
            label={`${text.role}: ${nameOf(member)}`}
            value={member.is_project_admin ? "admin" : "member"}
            onChange={(role) => onRole(member.user_id, role === "admin")}
            options={ROLE_OPTIONS}
          />
        ) : member.is_project_admin ? (
          text.admin
        ) : (
          text.member
        ),
    },
    { key: "since", label: text.since, align: "right", from: "sm", className: "w-32 text-fg-muted", cell: (member) => <Time value={member.date} /> },
  ];
}
