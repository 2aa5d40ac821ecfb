import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { request, url } from "@/api/client";
import type { Schemas } from "@/api/schema";

/** Our own route also tells the name of the user an event happened to. */
export type AuditEvent = Schemas["EventView"] & { entity_name: string | null };

interface AuditPage {
  data: AuditEvent[];
  pagination: Schemas["Pagination"];
}

export interface AuditFilters {
  what?: string[] | undefined;
  on?: string | undefined;
  entity?: string | undefined;
  actor?: string | undefined;
  /** Days (yyyy-mm-dd) of the reader's calendar, both included. */
  from?: string | undefined;
  to?: string | undefined;
  order?: "asc" | undefined;
  page?: number | undefined;
}

const PER_PAGE = 50;

/** The first or last instant of a local day; nothing for what is no day. */
function instant(day: string | undefined, time: string): string | undefined {
  if (!day) return undefined;
  const date = new Date(`${day}T${time}`);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

const conditions = ({ what, on, entity, actor, from, to }: AuditFilters) => ({
  event_type: what,
  entity_type: on,
  entity_id: entity,
  actor_id: actor,
  from: instant(from, "00:00:00"),
  to: instant(to, "23:59:59.999"),
});

export const auditQuery = (filters: AuditFilters) =>
  queryOptions({
    queryKey: ["audit", "list", filters],
    queryFn: ({ signal }) =>
      request<AuditPage>("/audit/events", {
        signal,
        query: { ...conditions(filters), sort_dir: filters.order ?? "desc", limit: PER_PAGE, offset: (filters.page ?? 0) * PER_PAGE },
      }),
    placeholderData: keepPreviousData,
  });

export const auditOptionsQuery = queryOptions({
  queryKey: ["audit", "options"],
  queryFn: ({ signal }) => request<Schemas["FilterOptions"]>("/audit/filter-options", { signal }),
  staleTime: 60_000,
});

/** One event by its id and instant, so that a link to it works whatever was logged since. */
export const auditEventQuery = (id: string, at: string) =>
  queryOptions({
    queryKey: ["audit", "event", id],
    queryFn: async ({ signal }) => {
      const found = await request<AuditPage>("/audit/events", { signal, query: { from: at, to: at, limit: 1000 } });
      return found.data.find((event) => event.id === id) ?? null;
    },
    staleTime: Infinity,
  });

export const exportUrl = (filters: AuditFilters, format: "csv" | "json") => url("/audit/export", { ...conditions(filters), format });
