import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Download, ScrollText } from "lucide-react";

import { DataTable } from "@/components/data-table";
import { EmptyState } from "@/components/empty-state";
import { Page } from "@/components/page";
import { Results } from "@/components/results";
import { Button } from "@/components/ui/button";
import { Menu, MenuContent, MenuItem, MenuLabel, MenuTrigger } from "@/components/ui/menu";

import { AuditFilterBar } from "./audit-filters";
import { EventPanel } from "./audit-panel";
import { auditQuery, exportUrl, type AuditFilters } from "./audit-queries";
import { auditColumns } from "./audit-table";
import { text } from "./audit-text";

const FORMATS = [
  { format: "csv", label: text.exportCsv },
  { format: "json", label: text.exportJson },
] as const;

function ExportMenu({ filters }: { filters: AuditFilters }) {
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button>
          <Download /> {text.export}
        </Button>
      </MenuTrigger>
      <MenuContent align="end" className="w-64">
        {FORMATS.map(({ format, label }) => (
          <MenuItem key={format} asChild>
            <a href={exportUrl(filters, format)} download>
              {label}
            </a>
          </MenuItem>
        ))}
        <MenuLabel>{text.exportNote}</MenuLabel>
      </MenuContent>
    </Menu>
  );
}

export function AuditPage() {
  const { event, at, ...filters } = useSearch({ from: "/app/administration/audit" });
  const navigate = useNavigate({ from: "/administration/audit" });
  const query = useQuery(auditQuery(filters));
  const filtered = Object.keys(filters).some((key) => key !== "page" && key !== "order");
  return (
    <Page title={text.title} description={text.description} wide actions={<ExportMenu filters={filters} />}>
      <AuditFilterBar />
      <Results
        query={query}
        loading={text.loading}
        failed={text.loadFailed}
        empty={<EmptyState icon={ScrollText} title={text.emptyTitle} text={text.emptyText} />}
        noMatch={
          filtered
            ? { title: text.noMatchTitle, text: text.noMatchText, clear: text.clear, onClear: () => void navigate({ search: {} }) }
            : undefined
        }
        onPage={(page) => void navigate({ search: (now) => ({ ...now, page }) })}
      >
        {(rows) => (
          <DataTable
            label={text.title}
            rows={rows}
            columns={auditColumns}
            rowKey={({ id }) => id}
            sorting={{
              key: "when",
              descending: filters.order !== "asc",
              onSort: (_key, descending) =>
                void navigate({ search: ({ order: _order, page: _page, ...rest }) => (descending ? rest : { ...rest, order: "asc" as const }) }),
            }}
          />
        )}
      </Results>
      {event && at && (
        <EventPanel id={event} at={at} onClose={() => void navigate({ search: ({ event: _event, at: _at, ...rest }) => rest })} />
      )}
    </Page>
  );
}
