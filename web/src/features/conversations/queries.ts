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

/** What somebody chose for all further messages of a conversation. */
export type Choice = Partial<Pick<Conversation, "llm_model" | "enable_image_generation" | "image_generation_model">>;

/** Lets the choice hold in the conversation from now on; null leaves it to the assistant. */
export async function keepChoice(client: QueryClient, id: string, choice: Choice): Promise<void> {
  const { queryKey } = conversationQuery(id);
  const before = client.getQueryData(queryKey);
  client.setQueryData(queryKey, (now) => now && { ...now, ...choice });
  try {
    await request(`/conversations/${encodeURIComponent(id)}`, { method: "PUT", json: choice });
  } catch (error) {
    const { llm_model = null, enable_image_generation = null, image_generation_model = null } = before ?? {};
    client.setQueryData(queryKey, (now) => now && { ...now, llm_model, enable_image_generation, image_generation_model });
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

/** Removes a whole turn, or one version of it with all that follows that. */
export function useRemoveTurn(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ index, variant }: { index: number; variant?: number }) =>
      request(`/conversations/${encodeURIComponent(id)}/history/${index}`, { method: "DELETE", query: variant === undefined ? {} : { variant } }),
    onSettled: () => client.invalidateQueries({ queryKey: conversationQuery(id).queryKey }),
  });
}

export async function uploadFile(file: File): Promise<string> {
  const form = new FormData();
  form.append("file", file);
  const { file_url } = await request<{ file_url: string }>("/files/", { method: "POST", form });
  return file_url;
}
