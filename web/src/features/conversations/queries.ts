import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { request } from "@/api/client";

import type { Conversation, ConversationSummary, Passage } from "./wire";

const PER_PAGE = 60;

export const conversationsQuery = infiniteQueryOptions({
  queryKey: ["conversations", "list"],
  queryFn: ({ signal, pageParam }) =>
    request<ConversationSummary[]>("/conversations", { signal, query: { page: pageParam, per_page: PER_PAGE } }),
  initialPageParam: 0,
  getNextPageParam: (last, all) => (last.length === PER_PAGE ? all.length : undefined),
  select: (data) => data.pages.flat(),
});

export const conversationQuery = (id: string) =>
  queryOptions({
    queryKey: ["conversations", "detail", id],
    queryFn: ({ signal }) => request<Conversation>(`/conversations/${encodeURIComponent(id)}`, { signal }),
  });

export const passageQuery = (indexId: string, chunkId: string) =>
  queryOptions({
    queryKey: ["passages", indexId, chunkId],
    queryFn: ({ signal }) =>
      request<Passage>(`/index/${encodeURIComponent(indexId)}/passages/${encodeURIComponent(chunkId)}`, { signal }),
    staleTime: 5 * 60_000,
  });

export function useUpdateConversation() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...change }: { id: string; name?: string; pinned?: boolean }) =>
      request(`/conversations/${encodeURIComponent(id)}`, { method: "PUT", json: change }),
    onSettled: () => client.invalidateQueries({ queryKey: ["conversations"] }),
  });
}

export function useDeleteConversation() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request(`/conversations/${encodeURIComponent(id)}`, { method: "DELETE" }),
    onSuccess: (_, id) => {
      client.removeQueries({ queryKey: ["conversations", "detail", id] });
      return client.invalidateQueries({ queryKey: ["conversations", "list"] });
    },
  });
}

export async function uploadFile(file: File): Promise<string> {
  const form = new FormData();
  form.append("file", file);
  const { file_url } = await request<{ file_url: string }>("/files/", { method: "POST", form });
  return file_url;
}
