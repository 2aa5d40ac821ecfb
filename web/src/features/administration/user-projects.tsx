import { Link } from "@tanstack/react-router";
import { Ellipsis, FolderKanban, FolderOpen, Plus, Star, StarOff, UserMinus } from "lucide-react";
import { useState } from "react";

import { DataTable, type Column } from "@/components/data-table";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { Select } from "@/components/ui/select";

import { AddToProject } from "./add-to-project";
import { ROLE_OPTIONS } from "./role-options";
import { useMembershipChange, type MembershipChange, type UserDetail } from "./user-queries";
import { text } from "./user-text";

type Membership = UserDetail["projects"][number];

interface ActionsProps {
  membership: Membership;
  personal: boolean;
  onChange: (change: MembershipChange) => void;
  onRemove: () => void;
}

function Actions({ membership: { name, is_default }, personal, onChange, onRemove }: ActionsProps) {
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button look="ghost" size="icon-sm" aria-label={text.actionsFor(name)}>
          <Ellipsis />
        </Button>
      </MenuTrigger>
      <MenuContent align="end">
        <MenuItem asChild>
          <Link to="/administration/projects/$projectName" params={{ projectName: name }}>
            <FolderOpen aria-hidden /> {text.openProject}
          </Link>
        </MenuItem>
        <MenuItem onSelect={() => onChange({ kind: "default", project: name, on: !is_default })}>
          {is_default ? <StarOff aria-hidden /> : <Star aria-hidden />} {is_default ? text.clearDefault : text.makeDefault}
        </MenuItem>
        {!personal && (
          <>
            <MenuSeparator />
            <MenuItem danger onSelect={onRemove}>
              <UserMinus aria-hidden /> {text.remove}
            </MenuItem>
          </>
        )}
      </MenuContent>
    </Menu>
  );
}

interface ColumnsContext {
  user: UserDetail;
  canChange: boolean;
  onChange: (change: MembershipChange) => void;
  onRemove: (project: string) => void;
}

function columns({ user, canChange, onChange, onRemove }: ColumnsContext): Column<Membership>[] {
  const isPersonal = ({ name }: Membership) => name === user.email;
  const all: Column<Membership>[] = [
    {
      key: "project",
      label: text.project,
      cell: (row) => (
        <div className="flex min-w-0 items-center gap-2">
          <Link to="/administration/projects/$projectName" params={{ projectName: row.name }} className="truncate font-medium hover:underline">
            {row.display_name ?? row.name}
          </Link>
          {row.is_default && <Badge>{text.isDefault}</Badge>}
        </div>
      ),
    },
    {
      key: "role",
      label: text.memberRole,
      className: "w-40",
      cell: (row) =>
        isPersonal(row) ? (
          <span className="text-fg-muted">{text.personal}</span>
        ) : canChange ? (
          <Select
            label={`${text.memberRole}: ${row.name}`}
            value={row.is_project_admin ? "admin" : "member"}
            onChange={(role) => onChange({ kind: "role", project: row.name, admin: role === "admin" })}
            options={ROLE_OPTIONS}
          />
        ) : row.is_project_admin ? (
          text.projectAdmin
        ) : (
          text.member
        ),
    },
    {
      key: "actions",
      label: text.memberRole,
      headless: true,
      align: "right",
      className: "w-12",
      cell: (row) => <Actions membership={row} personal={isPersonal(row)} onChange={onChange} onRemove={() => onRemove(row.name)} />,
    },
  ];
  return canChange ? all : all.slice(0, 2);
}

/** A user's memberships: role, default, in and out. */
export function UserProjects({ user, canChange }: { user: UserDetail; canChange: boolean }) {
  const [adding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState<string | null>(null);
  const change = useMembershipChange(user.id);
  const remove = useMembershipChange(user.id);
  const name = user.name || user.username;
  return (
    <div className="grid gap-3">
      {canChange && (
        <Button className="justify-self-end" onClick={() => setAdding(true)}>
          <Plus /> {text.addProject}
        </Button>
      )}
      {change.isError && <ErrorNote title={text.membershipFailed} error={change.error} />}
      {user.projects.length === 0 ? (
        <EmptyState icon={FolderKanban} title={text.noProjects} text={text.noProjectsText} />
      ) : (
        <DataTable
          label={text.membershipsOf(name)}
          rows={user.projects}
          columns={columns({ user, canChange, onChange: (wanted) => change.mutate(wanted), onRemove: setLeaving })}
          rowKey={(row) => row.name}
        />
      )}
      {adding && <AddToProject user={user} onClose={() => setAdding(false)} />}
      {leaving && (
        <Confirm
          open
          onOpenChange={() => {
            remove.reset();
            setLeaving(null);
          }}
          title={text.removeTitle(name, leaving)}
          consequence={text.removeText}
          action={text.remove}
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate({ kind: "remove", project: leaving }, { onSuccess: () => setLeaving(null) })}
        />
      )}
    </div>
  );
}
