import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient, type QueryClient } from "@tanstack/react-query";

import { request } from "@/api/client";

import { readConversation } from "./history";
import type { Conversation, ConversationSummary, Passage } from "./wire";

/** The most a page holds: folders show what is loaded. */
const PER_PAGE = 200;

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
    queryFn: ({ client, queryKey, signal }) =>
      readConversation(id, client.getQueryData<Conversation>(queryKey), (part) => client.setQueryData(queryKey, part), signal),
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
    mutationFn: ({ id, ...change }: { id: string; name?: string; pinned?: boolean; folder?: string; active_assistant_id?: string }) =>
      request(`/conversations/${encodeURIComponent(id)}`, { method: "PUT", json: change }),
    onSettled: () => client.invalidateQueries({ queryKey: ["conversations"] }),
  });
}

/** Lets this model answer in the conversation from now on; null leaves it to the assistant. */
export async function keepModel(client: QueryClient, id: string, model: string | null): Promise<void> {
  const { queryKey } = conversationQuery(id);
  const before = client.getQueryData(queryKey);
  const show = (shown: string | null) => client.setQueryData(queryKey, (now) => now && { ...now, llm_model: shown });
  show(model);
  try {
    await request(`/conversations/${encodeURIComponent(id)}`, { method: "PUT", json: { llm_model: model } });
  } catch (error) {
    show(before?.llm_model ?? null);
    throw error;
  }
}

export function useFinishConversation() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request(`/conversations/${encodeURIComponent(id)}/finish`, { method: "POST" }),
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

/** Removes whole turns, the last first, so that the places of the others hold. */
export function useRemoveTurn(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (indexes: readonly number[]) => {
      for (const index of indexes.toSorted((one, other) => other - one)) {
        await request(`/conversations/${encodeURIComponent(id)}/history/${index}`, { method: "DELETE" });
      }
    },
    onSettled: () => client.invalidateQueries({ queryKey: conversationQuery(id).queryKey }),
  });
}

/** Makes an earlier version of an answer the current one: it is added again as the latest. */
export function useVersion(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ index, variant, message }: { index: number; variant: number; message: string }) =>
      request(`/conversations/${encodeURIComponent(id)}/history/${index}`, { method: "PUT", json: { messageIndex: variant, message } }),
    onSettled: () => client.invalidateQueries({ queryKey: conversationQuery(id).queryKey }),
  });
}

export async function uploadFile(file: File): Promise<string> {
  const form = new FormData();
  form.append("file", file);
  const { file_url } = await request<{ file_url: string }>("/files/", { method: "POST", form });
  return file_url;
}
