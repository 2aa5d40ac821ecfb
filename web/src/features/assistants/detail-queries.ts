import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { request, send } from "@/api/client";
import type { Schemas } from "@/api/schema";
import { downloadName, saveBlob } from "@/lib/download";

export type Version = Schemas["VersionObject"];
export type Comparison = Schemas["VersionComparison"];
export type Health = Schemas["HealthReport"];

export const VERSIONS_PER_PAGE = 20;

export const versionsQuery = (id: string, page: number) =>
  queryOptions({
    queryKey: ["assistants", "versions", id, page],
    queryFn: ({ signal }) =>
      request<Schemas["VersionList"]>(`/assistants/${id}/versions`, { signal, query: { page, per_page: VERSIONS_PER_PAGE } }),
    placeholderData: keepPreviousData,
  });

export const comparisonQuery = (id: string, older: number, newer: number) =>
  queryOptions({
    queryKey: ["assistants", "comparison", id, older, newer],
    queryFn: ({ signal }) => request<Comparison>(`/assistants/${id}/versions/${older}/compare/${newer}`, { signal }),
  });

function useAssistantMutation<Input, Output = unknown>(mutationFn: (input: Input) => Promise<Output>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSuccess: () => client.invalidateQueries({ queryKey: ["assistants"] }) });
}

export const useRollback = (id: string) =>
  useAssistantMutation((version: number) => request(`/assistants/${id}/versions/${version}/rollback`, { method: "POST" }));

export const useUnpublish = (id: string) =>
  useAssistantMutation(() => request(`/assistants/${id}/marketplace/unpublish`, { method: "POST" }));

/** Asks the assistant's model for a word, and looks at its parts; costs one small call. */
export function useCheckHealth(id: string) {
  return useMutation({ mutationFn: () => request<Health>(`/assistants/${id}/health`, { method: "POST" }) });
}

export function useExport(id: string) {
  return useMutation({
    mutationFn: async () => {
      const response = await send(`/assistants/id/${id}/export`, { method: "POST" });
      saveBlob(await response.blob(), downloadName(response, "assistant.zip"));
    },
  });
}

export const useImport = () =>
  useAssistantMutation(({ file, project }: { file: File; project: string }) => {
    const form = new FormData();
    form.set("file", file);
    form.set("project", project);
    return request<Schemas["AssistantCreated"]>("/assistants/import", { method: "POST", form });
  });
