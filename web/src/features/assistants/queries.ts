import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { request } from "@/api/client";
import type { Schemas } from "@/api/schema";
import type { Position } from "@/components/pager";

import type { AgentCard } from "./agent-card";

export type ContextRef = Schemas["ContextReference"];
export type AssistantSummary = Schemas["AssistantItem"];
/** What a card shows; favourites know less than the list. */
export type AssistantCardItem = Pick<AssistantSummary, "id" | "name" | "description"> &
  Partial<Pick<AssistantSummary, "user_abilities" | "unique_users_count" | "unique_likes_count">> & {
    type?: string | null;
    icon_url?: string | null;
    project?: string | null;
    created_by?: AssistantSummary["created_by"];
    is_global?: boolean | null;
    shared?: boolean | null;
  };
/** A stored assistant; only templates have no id. */
export type Assistant = Schemas["AssistantObject"] & { id: string };

/** What the form writes; fields that are absent keep their value. */
export type AssistantDraft = Partial<Schemas["CreateAssistant"]>;

export interface ListParams {
  scope: "visible_to_user" | "created_by_user" | "marketplace" | "all";
  page: number;
  perPage: number;
  search?: string | undefined;
  project?: string | undefined;
  category?: string | undefined;
  shared?: boolean | undefined;
  sort?: "usage" | "likes" | "name" | undefined;
}

export const assistantsQuery = (params: ListParams) =>
  queryOptions({
    queryKey: ["assistants", "list", params],
    queryFn: ({ signal }) =>
      request<{ data: AssistantSummary[]; pagination: Position }>("/assistants", {
        signal,
        query: {
          scope: params.scope,
          minimal_response: true,
          page: params.page,
          per_page: params.perPage,
          sort_by: params.sort,
          sort_order: params.sort === "name" ? "asc" : undefined,
          filters: JSON.stringify({ search: params.search, project: params.project, categories: params.category, shared: params.shared }),
        },
      }),
    placeholderData: keepPreviousData,
  });

export const assistantQuery = (id: string) =>
  queryOptions({
    queryKey: ["assistants", "detail", id],
    queryFn: ({ signal }) => request<Assistant>(`/assistants/id/${encodeURIComponent(id)}`, { signal }),
  });

export const contextQuery = (project: string) =>
  queryOptions({
    queryKey: ["assistants", "context", project],
    queryFn: ({ signal }) =>
      request<Schemas["ContextChoice"][]>("/assistants/context", { signal, query: { project_name: project } }),
  });

/** The form tells beside each tool which integration is missing: whoever saves then has seen it. */
const AS_SHOWN = { skip_integration_validation: true };

/** Creates an assistant, possibly as a copy of `sourceId`, or changes the one with `id`; answers with its id. */
export function useSaveAssistant(id: string | null, sourceId?: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (draft: AssistantDraft): Promise<string> => {
      if (id) {
        await request(`/assistants/${id}`, { method: "PUT", json: { ...draft, ...AS_SHOWN } });
        return id;
      }
      const json = { ...draft, ...AS_SHOWN, ...(sourceId ? { source_assistant_id: sourceId } : {}) };
      const saved = await request<Schemas["AssistantCreated"]>("/assistants", { method: "POST", json });
      return saved.assistantId ?? "";
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ["assistants"] }),
  });
}

/** Reads the card of an agent on another server, with the credential it wants. */
export function useFetchCard() {
  return useMutation({
    mutationFn: (query: { url: string; project_name: string; integration_id: string | null }) =>
      request<AgentCard>("/a2a/assistants/fetch", { query }),
  });
}

export function useDeleteAssistant() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request(`/assistants/${id}`, { method: "DELETE" }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["assistants", "list"] }),
  });
}

export const templatesQuery = queryOptions({
  queryKey: ["assistants", "templates"],
  queryFn: ({ signal }) => request<Schemas["AssistantObject"][]>("/assistants/prebuilt", { signal }),
  staleTime: Infinity,
});

export const categoriesQuery = queryOptions({
  queryKey: ["assistants", "categories"],
  queryFn: ({ signal }) => request<Schemas["CategoryReference"][]>("/assistants/categories", { signal }),
  staleTime: 5 * 60_000,
});

export const toolkitsQuery = queryOptions({
  queryKey: ["assistants", "toolkits"],
  queryFn: ({ signal }) => request<Schemas["CatalogueToolkit"][]>("/assistants/tools", { signal }),
  staleTime: 5 * 60_000,
});

export const builtinSubagentsQuery = queryOptions({
  queryKey: ["assistants", "builtin-subagents"],
  queryFn: ({ signal }) => request<Schemas["BuiltinSubagentItem"][]>("/assistants/builtin_subagents", { signal }),
  staleTime: Infinity,
});
