import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { request } from "@/api/client";
import type { Schemas } from "@/api/schema";

import type { Conversation } from "./wire";

export type Share = Schemas["OwnShare"];
export type SharedConversation = Omit<Schemas["SharedConversation"], "conversation"> & { conversation: Conversation };

const MOST = 200;

export const sharesQuery = queryOptions({
  queryKey: ["shares"],
  queryFn: async ({ signal }) => {
    const { data } = await request<{ data: Share[] }>("/share/conversations", { signal, query: { per_page: MOST } });
    return data;
  },
});

export const sharedConversationQuery = (token: string) =>
  queryOptions({
    queryKey: ["shared", token],
    queryFn: ({ signal }) => request<SharedConversation>(`/share/conversations/${encodeURIComponent(token)}`, { signal }),
    // Each look is counted as a visit.
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  });

export function useShare() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (share: { chat_id: string; expires_in_days: number | null }) =>
      request<Schemas["Shared"]>("/share/conversations", { method: "POST", json: share }),
    onSettled: () => client.invalidateQueries({ queryKey: sharesQuery.queryKey }),
  });
}

export function useRevoke() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (token: string) => request(`/share/conversations/${encodeURIComponent(token)}`, { method: "DELETE" }),
    onSettled: () => client.invalidateQueries({ queryKey: sharesQuery.queryKey }),
  });
}

export const shareLink = (token: string): string => `${location.origin}/share/conversations/${token}`;
