import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { request } from "@/api/client";
import type { Schemas } from "@/api/schema";
import type { Position } from "@/components/pager";
import type { Conversation } from "@/features/conversations/wire";

export type AdminConversation = Schemas["AdminConversation"];

export interface ConversationFilters {
  state?: "open" | "finished" | undefined;
  /** Started within so many days. */
  days?: "1" | "7" | "30" | undefined;
  project?: string | undefined;
  page?: number | undefined;
}

const DAY_MS = 86_400_000;

/** The start of the day so many days ago: the same for a whole day, so that pages of one list stay together. */
function daysAgo(days: string): string {
  const moment = new Date(Date.now() - Number(days) * DAY_MS);
  moment.setUTCHours(0, 0, 0, 0);
  return moment.toISOString();
}

export const everybodysQuery = ({ state, days, project, page = 0 }: ConversationFilters) =>
  queryOptions({
    queryKey: ["everybodys-conversations", "list", { state, days, project, page }],
    queryFn: ({ signal }) =>
      request<{ data: AdminConversation[]; pagination: Position }>("/admin/conversations", {
        signal,
        query: { page, perPage: 50, isFinished: state && state === "finished", startedAt: days && daysAgo(days), project },
      }),
    placeholderData: keepPreviousData,
  });

/** Every reading is written down, so it is read once, when somebody asks to see it. */
export const somebodysQuery = (userId: string, conversationId: string) =>
  queryOptions({
    queryKey: ["everybodys-conversations", "detail", userId, conversationId],
    queryFn: ({ signal }) =>
      request<Conversation>(`/admin/users/${encodeURIComponent(userId)}/conversations/${encodeURIComponent(conversationId)}`, { signal }),
    staleTime: Infinity,
    gcTime: 0,
  });

/** Closes conversations of anybody; answers with how many were not there any more. */
export function useFinishConversations() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (conversationIds: readonly string[]) => {
      const { results } = await request<Schemas["FinishBulkDone"]>("/admin/conversations/finish-bulk", { method: "POST", json: { conversationIds } });
      return results.filter(({ error }) => error === "not_found").length;
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ["everybodys-conversations"] }),
  });
}
