import { queryOptions, useMutation, useQuery, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";

import { request } from "@/api/client";
import { ApiError } from "@/api/errors";
import type { Schemas } from "@/api/schema";
import { sessionQuery } from "@/features/identity/queries";

/** What one person thinks of assistants and skills, and keeps at hand. */

export type Kind = "assistants" | "skills";
export type Reaction = "like" | "dislike";
type Preferences = Schemas["PreferencesView"];

export const reactionsQuery = queryOptions({
  queryKey: ["reactions"],
  queryFn: async ({ signal }) => {
    const found = await request<Schemas["ReactionList"]>("/user/reactions", { signal, query: { resource_type: "all" } });
    return new Map(found.items.map((item) => [item.resourceId, item.reaction]));
  },
  staleTime: 60_000,
});

export function useReact(kind: Kind, id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (reaction: Reaction) => request<Schemas["ReactionOutcome"]>(`/${kind}/${id}/reactions`, { method: "POST", json: { reaction } }),
    onSuccess: async () => {
      await Promise.all([client.invalidateQueries({ queryKey: reactionsQuery.queryKey }), client.invalidateQueries({ queryKey: [kind] })]);
    },
  });
}

const preferencesQuery = (userId: string) =>
  queryOptions({
    queryKey: ["preferences", userId],
    // Who has never kept anything has no preferences yet.
    queryFn: ({ signal }) => request<Preferences>(`/preferences/${encodeURIComponent(userId)}`, { signal, query: { or_empty: true } }),
    staleTime: 60_000,
  });

/** Whether a thing is among the person's favourites, and how to change that. Shown at once, taken back on failure. */
export function useFavorite(kind: Kind, id: string) {
  const client = useQueryClient();
  const { data: user } = useSuspenseQuery(sessionQuery);
  const query = preferencesQuery(user.user_id);
  const { data } = useQuery(query);
  const isFavorite = data?.favorites[kind]?.includes(id) ?? false;
  const change = useMutation({
    mutationFn: async (wanted: boolean) => {
      const now = await client.query({ ...query, staleTime: 0 });
      const others = (now.favorites[kind] ?? []).filter((other) => other !== id);
      const favorites = { ...now.favorites, [kind]: wanted ? [id, ...others] : others };
      return request<Preferences>(`/preferences/${encodeURIComponent(user.user_id)}`, { method: "PUT", json: { favorites } });
    },
    onSuccess: (saved) => {
      client.setQueryData(query.queryKey, saved);
      return client.invalidateQueries({ queryKey: ["favorites"] });
    },
  });
  return { isFavorite: change.isPending ? change.variables : isFavorite, toggle: () => change.mutate(!isFavorite), ready: data !== undefined };
}

export interface FavoriteParams {
  search?: string | undefined;
  project?: string | undefined;
  category?: string | undefined;
  page: number;
  perPage: number;
}

export const favoritesQuery = (kind: Kind, userId: string, { category, perPage, ...params }: FavoriteParams) =>
  queryOptions({
    queryKey: ["favorites", kind, { ...params, category, perPage }],
    queryFn: async ({ signal }) => {
      const query = { ...params, categories: category, per_page: perPage };
      const found = await request<Schemas["FavoriteList"]>(`/preferences/${encodeURIComponent(userId)}/favorites/${kind}`, { signal, query });
      return { data: found.data, pagination: { page: found.page, per_page: found.per_page, total: found.total } };
    },
  });

export function usePublishCheck(assistantId: string) {
  return useQuery({
    queryKey: ["assistants", "publish-check", assistantId],
    queryFn: ({ signal }) =>
      request<Schemas["PublishValidation"]>(`/assistants/${assistantId}/marketplace/publish/validate`, { method: "POST", signal }),
    staleTime: 0,
  });
}

/** What the quality gate recommends, when that is why publishing was refused. */
export function verdictOf(error: unknown): readonly Schemas["FieldRecommendation"][] {
  const body = error instanceof ApiError ? (error.body as Verdict | null) : null;
  return body?.error?.details?.quality_validation?.recommendations?.fields ?? [];
}

interface Verdict {
  error?: { details?: { quality_validation?: { recommendations?: { fields?: Schemas["FieldRecommendation"][] } } } };
}
