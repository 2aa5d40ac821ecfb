import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { CircleCheckBig, MessagesSquare } from "lucide-react";
import { useState } from "react";

import { DataTable, rowLink, type Column } from "@/components/data-table";
import { EmptyState } from "@/components/empty-state";
import { FilterChip } from "@/components/filter-chip";
import { Page } from "@/components/page";
import { Results } from "@/components/results";
import { Time } from "@/components/time";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { patched } from "@/lib/search";

import { everybodysQuery, type AdminConversation, type ConversationFilters } from "./conversations-queries";
import { text } from "./conversations-text";
import { FinishConversations } from "./finish-conversations";
import { projectNamesQuery } from "./user-queries";

const choices = (names: Record<string, string>) => Object.entries(names).map(([value, label]) => ({ value, label }));
const nameOf = ({ name }: AdminConversation) => name || text.unnamed;

const columns: readonly Column<AdminConversation>[] = [
  {
    key: "name",
    label: text.name,
    cell: (row) => (
      <div className="min-w-0">
        <p className="flex min-w-0 items-center gap-2">
          <Link
            to="/administration/conversations/$userId/$conversationId"
            params={{ userId: row.user_id, conversationId: row.id }}
            className={`truncate font-medium ${rowLink}`}
          >
            {nameOf(row)}
          </Link>
          {row.finished_at && <Badge>{text.states.finished}</Badge>}
        </p>
        <p className="truncate text-xs text-fg-muted">
          <span className="sm:hidden">{row.user_name} · </span>
          {row.assistant_names?.join(", ")}
        </p>
      </div>
    ),
  },
  { key: "who", label: text.who, from: "sm", className: "w-48 break-words", cell: (row) => row.user_name },
  { key: "project", label: text.project, from: "md", className: "w-44 break-words", cell: (row) => row.project ?? "–" },
  { key: "active", label: text.active, align: "right", className: "w-32 text-fg-muted", cell: (row) => <Time value={row.update_date} /> },
];

function Filters() {
  const search = useSearch({ from: "/app/administration/conversations" });
  const navigate = useNavigate({ from: "/administration/conversations" });
  const { data: projects = [] } = useQuery(projectNamesQuery);
  const change = (wanted: ConversationFilters) => void navigate({ search: (now) => patched(now, wanted) });
  return (
    <div className="flex flex-wrap gap-2">
      <FilterChip
        label={text.state}
        value={search.state}
        choices={choices(text.states)}
        onChange={(value) => change({ state: value === "open" || value === "finished" ? value : undefined })}
      />
      <FilterChip
        label={text.since}
        value={search.days}
        choices={choices(text.days)}
        onChange={(value) => change({ days: value === "1" || value === "7" || value === "30" ? value : undefined })}
      />
      <FilterChip
        label={text.project}
        value={search.project}
        choices={projects.map(({ name, displayName }) => ({ value: name, label: displayName ?? name }))}
        onChange={(project) => change({ project })}
      />
    </div>
  );
}

/** Conversations of everybody: to close many at once, and to look into one after a complaint. */
export function ConversationsPage() {
  const search = useSearch({ from: "/app/administration/conversations" });
  const navigate = useNavigate({ from: "/administration/conversations" });
  const query = useQuery(everybodysQuery(search));
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [finishing, setFinishing] = useState(false);
  const [gone, setGone] = useState(0);
  const rows = query.data?.data ?? [];
  // What is no longer in view is not finished unseen.
  const chosen = rows.filter(({ id, finished_at }) => !finished_at && ticked.has(id)).map(({ id }) => id);
  const filtered = Object.keys(search).some((key) => key !== "page");
  const finish = (
    <Button disabled={chosen.length === 0} onClick={() => setFinishing(true)}>
      <CircleCheckBig /> {chosen.length > 0 ? text.finishMany(chosen.length) : text.finish}
    </Button>
  );
  return (
    <Page title={text.title} description={text.description} wide actions={finish}>
      <Filters />
      <p role="status" className="text-[13px] text-fg-muted empty:hidden">
        {gone > 0 && text.gone(gone)}
      </p>
      <Results
        query={query}
        loading={text.loading}
        failed={text.loadFailed}
        empty={<EmptyState icon={MessagesSquare} title={text.emptyTitle} text={text.emptyText} />}
        noMatch={filtered ? { title: text.noMatchTitle, text: text.noMatchText, clear: text.clear, onClear: () => void navigate({ search: {} }) } : undefined}
        onPage={(page) => void navigate({ search: (now) => ({ ...now, page }) })}
      >
        {(shown) => (
          <DataTable
            label={text.title}
            rows={shown}
            columns={columns}
            rowKey={({ id }) => id}
            rowLabel={nameOf}
            muted={({ finished_at }) => finished_at !== null}
            selection={{
              keys: ticked,
              label: text.selectAll,
              selectable: (key) => shown.some(({ id, finished_at }) => id === key && !finished_at),
              onChange: setTicked,
            }}
          />
        )}
      </Results>
      {finishing && (
        <FinishConversations
          ids={chosen}
          onClose={() => setFinishing(false)}
          onDone={(missing) => {
            setGone(missing);
            setTicked(new Set());
            setFinishing(false);
          }}
        />
      )}
    </Page>
  );
}
