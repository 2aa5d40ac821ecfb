import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { request, url } from "@/api/client";
import type { Schemas } from "@/api/schema";

export type WorkspaceFile = Schemas["FileItem"];
export type WorkspaceContent = Schemas["FileContent"];

export interface Workspace {
  id: string;
  files: WorkspaceFile[];
}

/** The files of a conversation: those attached, and those an agent wrote. Asking makes the workspace if there is none. */
export const workspaceQuery = (conversationId: string) =>
  queryOptions({
    queryKey: ["workspaces", conversationId],
    queryFn: async ({ signal }): Promise<Workspace> => {
      const { id } = await request<Schemas["WorkspaceObject"]>("/workspaces", { method: "POST", json: { conversation_id: conversationId }, signal });
      return { id, files: await request<WorkspaceFile[]>(`/workspaces/${id}/files`, { signal }) };
    },
  });

export const fileQuery = (workspaceId: string, file: WorkspaceFile) =>
  queryOptions({
    queryKey: ["workspaces", workspaceId, "content", file.path, file.version, file.checksum],
    queryFn: ({ signal }) => request<WorkspaceContent>(`/workspaces/${workspaceId}/files/content`, { signal, query: { file_path: file.path } }),
    staleTime: Infinity,
  });

export const downloadAddress = (workspaceId: string, path: string): string => url(`/workspaces/${workspaceId}/files/download`, { file_path: path });

export function useDeleteFile(conversationId: string, workspaceId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (path: string) => request(`/workspaces/${workspaceId}/files`, { method: "DELETE", query: { file_path: path } }),
    onSettled: () => client.invalidateQueries({ queryKey: workspaceQuery(conversationId).queryKey }),
  });
}
