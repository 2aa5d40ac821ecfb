import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { AppWindow, Plus, Undo2 } from "lucide-react";
import { useState } from "react";

import { DataTable, type Column } from "@/components/data-table";
import { EmptyState } from "@/components/empty-state";
import { FilterChip } from "@/components/filter-chip";
import { Page } from "@/components/page";
import { Results } from "@/components/results";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { IconButton } from "@/components/ui/icon-button";
import { patched } from "@/lib/search";

import { GrantDialog } from "./grant-dialog";
import { applicationsQuery, grantsQuery, useRevoke, type Grant } from "./grants-queries";
import { text } from "./grants-text";

const sourceOf = (grant: Grant) => grant.resource_name ?? text.gone;
const levelOf = (grant: Grant) => text.levels[grant.permission_level] ?? grant.permission_level;

const columns = (onRevoke: (grant: Grant) => void): readonly Column<Grant>[] => [
  {
    key: "source",
    label: text.source,
    cell: (grant) => (
      <div className="min-w-0">
        <p className="truncate font-medium">{sourceOf(grant)}</p>
        <p className="truncate text-xs text-fg-muted">
          <span className="sm:hidden">{grant.principal_id} · </span>
          {grant.project}
        </p>
      </div>
    ),
  },
  { key: "application", label: text.application, from: "sm", className: "w-44 break-words", cell: (grant) => grant.principal_id },
  { key: "level", label: text.level, className: "w-24", cell: levelOf },
  { key: "by", label: text.grantedBy, from: "md", className: "w-48", cell: (grant) => grant.created_by.name || grant.created_by.username },
  { key: "since", label: text.since, align: "right", from: "sm", className: "w-32 text-fg-muted", cell: (grant) => <Time value={grant.date} /> },
  {
    key: "revoke",
    label: text.revoke,
    headless: true,
    align: "right",
    className: "w-10",
    cell: (grant) => (
      <IconButton label={text.revokeLabel(levelOf(grant), sourceOf(grant), grant.principal_id)} onClick={() => onRevoke(grant)}>
        <Undo2 />
      </IconButton>
    ),
  },
];

function Revoke({ grant, onClose }: { grant: Grant; onClose: () => void }) {
  const revoke = useRevoke();
  return (
    <Confirm
      open
      onOpenChange={onClose}
      title={text.revokeTitle(grant.principal_id, sourceOf(grant))}
      consequence={text.revokeText}
      action={text.revokeAction}
      busy={revoke.isPending}
      error={revoke.error}
      onConfirm={() => revoke.mutate(grant.id, { onSuccess: onClose })}
    />
  );
}

/** What applications outside may do to data sources: all of it for administrators, one's own grants for others. */
export function GrantsPage() {
  const search = useSearch({ from: "/app/administration/applications" });
  const navigate = useNavigate({ from: "/administration/applications" });
  const query = useQuery(grantsQuery(search));
  const { data: listed } = useQuery(applicationsQuery);
  const [granting, setGranting] = useState(false);
  const [revoking, setRevoking] = useState<Grant>();
  const names = listed?.map(({ name }) => name) ?? [];
  const none = listed?.length === 0;
  const choices = names.map((name) => ({ value: name, label: name }));
  const filter = (application: string | undefined) => void navigate({ search: (now) => patched(now, { application }) });
  return (
    <Page
      title={text.title}
      description={text.description}
      wide
      actions={
        <Button look="primary" disabled={names.length === 0} onClick={() => setGranting(true)}>
          <Plus /> {text.grant}
        </Button>
      }
    >
      {names.length > 0 && (
        <div className="flex">
          <FilterChip label={text.application} value={search.application} choices={choices} onChange={filter} />
        </div>
      )}
      <Results
        query={query}
        loading={text.loading}
        failed={text.loadFailed}
        empty={<EmptyState icon={AppWindow} title={none ? text.noApplicationsTitle : text.emptyTitle} text={none ? text.noApplicationsText : text.emptyText} />}
        noMatch={search.application ? { title: text.noMatchTitle, text: text.noMatchText, clear: text.clear, onClear: () => filter(undefined) } : undefined}
        onPage={(page) => void navigate({ search: (now) => ({ ...now, page }) })}
      >
        {(rows) => <DataTable label={text.title} rows={rows} columns={columns(setRevoking)} rowKey={({ id }) => id} />}
      </Results>
      {granting && <GrantDialog applications={names} onClose={() => setGranting(false)} />}
      {revoking && <Revoke grant={revoking} onClose={() => setRevoking(undefined)} />}
    </Page>
  );
}
