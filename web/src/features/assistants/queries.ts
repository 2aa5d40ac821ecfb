import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { request } from "@/api/client";
import type { Pagination } from "@/components/pager";

export interface ContextRef {
  context_type: "knowledge_base" | "code" | "provider";
  name: string;
}

export interface AvailableContext extends ContextRef {
  id: string;
}

export interface AssistantSummary {
  id: string;
  name: string;
  description: string | null;
  project: string;
  shared: boolean;
  is_global: boolean;
  created_by: { id: string; name: string; username: string } | null;
  user_abilities: string[] | null;
}

export interface Assistant extends AssistantSummary {
  system_prompt: string;
  llm_model_type: string | null;
  temperature: number | null;
  context: ContextRef[] | null;
  conversation_starters: string[] | null;
  update_date: string | null;
}

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
      request<{ data: AssistantSummary[]; pagination: Pagination }>("/assistants", {
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
      request<AvailableContext[]>("/assistants/context", { signal, query: { project_name: project } }),
  });

interface SaveResult {
  message: string;
  assistantId?: string | null;
}

/** Creates an assistant, or changes the one with `id`; answers with its id. */
export function useSaveAssistant(id: string | null) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (draft: AssistantDraft): Promise<string> => {
      const options = { method: id ? "PUT" : "POST", json: draft } as const;
      const saved = await request<SaveResult>(id ? `/assistants/${id}` : "/assistants", options);
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
