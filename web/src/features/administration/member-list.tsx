import { useNavigate, useSearch } from "@tanstack/react-router";
import { SearchX, UserMinus, Users } from "lucide-react";
import { useState } from "react";

import { DataTable } from "@/components/data-table";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { FilterChip } from "@/components/filter-chip";
import { Pager } from "@/components/pager";
import { SearchInput } from "@/components/search-input";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { patched } from "@/lib/search";

import { memberColumns } from "./member-table";
import { useChangeMemberRole, useRemoveMembers, type Member, type ProjectDetail } from "./project-queries";
import { text } from "./project-text";

const PER_PAGE = 50;
const ROLES = Object.entries(text.roles).map(([value, label]) => ({ value, label }));

function useFilters(members: readonly Member[]) {
  const search = useSearch({ from: "/app/administration/projects/$projectName" });
  const navigate = useNavigate({ from: "/administration/projects/$projectName" });
  const words = (search.search ?? "").toLowerCase();
  const matching = members.filter(
    (member) =>
      `${member.name} ${member.email}`.toLowerCase().includes(words) && (!search.role || member.is_project_admin === (search.role === "admin")),
  );
  const change = (wanted: { search?: string | undefined; role?: "admin" | "member" | undefined }, replace = false) =>
    void navigate({ replace, search: (now) => patched(now, wanted) });
  return { search, change, matching };
}

interface SelectionBarProps {
  project: ProjectDetail;
  members: readonly Member[];
  onDone: () => void;
}

function SelectionBar({ project, members, onDone }: SelectionBarProps) {
  const [asking, setAsking] = useState(false);
  const remove = useRemoveMembers(project.name);
  const [first] = members;
  if (!first) return null;
  const who = members.length === 1 ? first.name || first.email : text.people(members.length);
  return (
    <div className="flex flex-wrap items-center gap-2 rounded-lg border border-accent/40 bg-accent-soft px-3 py-1.5 text-[13px]">
      <span role="status" className="mr-auto">
        {text.selected(members.length)}
      </span>
      <Button size="sm" look="ghost" onClick={onDone}>
        {text.unselect}
      </Button>
      <Button size="sm" onClick={() => setAsking(true)}>
        <UserMinus /> {text.remove}
      </Button>
      <Confirm
        open={asking}
        onOpenChange={(open) => {
          remove.reset();
          setAsking(open);
        }}
        title={text.removeTitle(who, project.display_name ?? project.name)}
        consequence={text.removeText}
        action={text.removeAction}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate(members.map(({ user_id }) => user_id), { onSuccess: onDone })}
      />
    </div>
  );
}

/** The members of a project. The server sends all of them at once: they are searched and paged here. */
export function MemberList({ project, editable }: { project: ProjectDetail; editable: boolean }) {
  const { search, change, matching } = useFilters(project.members);
  const [page, setPage] = useState(0);
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const changeRole = useChangeMemberRole(project.name);
  const start = Math.min(page, Math.max(0, Math.ceil(matching.length / PER_PAGE) - 1)) * PER_PAGE;
  const columns = memberColumns(project, editable ? (userId, admin) => changeRole.mutate({ userId, admin }) : undefined);
  const filtered = search.search !== undefined || search.role !== undefined;
  const role = (value: string | undefined) => (value === "admin" || value === "member" ? value : undefined);
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <SearchInput
          className="min-w-56 flex-1 sm:max-w-xs"
          label={text.searchMembers}
          value={search.search ?? ""}
          onChange={(value) => change({ search: value || undefined }, true)}
        />
        <FilterChip label={text.role} value={search.role} choices={ROLES} onChange={(value) => change({ role: role(value) })} />
      </div>
      {changeRole.isError && <ErrorNote title={text.roleFailed} error={changeRole.error} />}
      <SelectionBar
        project={project}
        members={project.members.filter(({ user_id }) => ticked.has(user_id))}
        onDone={() => setTicked(new Set())}
      />
      {matching.length > 0 ? (
        <DataTable
          label={text.members}
          rows={matching.slice(start, start + PER_PAGE)}
          columns={columns}
          rowKey={({ user_id }) => user_id}
          rowLabel={({ name, email }) => name || email}
          selection={
            editable
              ? { keys: ticked, label: text.selectAll, selectable: (userId) => userId !== project.created_by, onChange: setTicked }
              : undefined
          }
        />
      ) : filtered ? (
        <EmptyState icon={SearchX} title={text.noMemberMatch} text={text.noMemberMatchText}>
          <Button onClick={() => change({ search: undefined, role: undefined })}>{text.clearFilters}</Button>
        </EmptyState>
      ) : (
        <EmptyState icon={Users} title={text.noMembers} text={text.noMembersText} />
      )}
      <Pager pagination={{ page: start / PER_PAGE, per_page: PER_PAGE, total: matching.length }} onPage={setPage} />
    </div>
  );
}
