import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { request } from "@/api/client";
import type { Schemas } from "@/api/schema";
import type { Position } from "@/components/pager";

export type ContextRef = Schemas["ContextReference"];
export type AssistantSummary = Schemas["AssistantItem"];
/** A stored assistant; only templates have no id. */
export type Assistant = Schemas["AssistantObject"] & { id: string };

/** What the form writes; fields that are absent keep their value. */
export interface AssistantDraft {
  name: string;
  description: string;
  project: string;
  system_prompt: string;
  llm_model_type: string;
  temperature: number | null;
  context: ContextRef[];
  conversation_starters: string[];
  shared: boolean;
}

export interface ListParams {
  scope: "visible_to_user" | "created_by_user" | "marketplace";
  page: number;
  perPage: number;
  search?: string | undefined;
  project?: string | undefined;
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
          filters: JSON.stringify({ search: params.search, project: params.project }),
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

/** Creates an assistant, or changes the one with `id`; answers with its id. */
export function useSaveAssistant(id: string | null) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (draft: AssistantDraft): Promise<string> => {
      const options = { method: id ? "PUT" : "POST", json: draft } as const;
      const saved = await request<Partial<Schemas["AssistantCreated"]>>(id ? `/assistants/${id}` : "/assistants", options);
      return id ?? saved.assistantId ?? "";
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ["assistants"] }),
  });
}

export function useDeleteAssistant() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request(`/assistants/${id}`, { method: "DELETE" }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["assistants", "list"] }),
  });
}
