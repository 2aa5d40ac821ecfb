import { keepPreviousData, queryOptions, useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";

import { request } from "@/api/client";
import type { Schemas } from "@/api/schema";
import type { Position } from "@/components/pager";

export type PluginKey = Schemas["PluginKey"];
export type ShownKey = Schemas["ShownOnce"];
export type NewKey = Schemas["NewKeyRequest"];
export type Rights = Schemas["Rights"];
export type Ask = Rights["ask"];
export type PluginAgent = Schemas["PluginAgent"];
export type AgentTool = Schemas["AgentTool"];
export type PluginCall = Schemas["PluginCall"];
type PluginCalls = Schemas["PluginCalls"];

const PAGE = 20;
/** Agents come and go without anybody here doing anything. */
const POLL_MS = 3_000;
const path = (id: string, ...rest: string[]) => ["/plugin-engine/keys", encodeURIComponent(id), ...rest].join("/");

export const connectionQuery = queryOptions({
  queryKey: ["plugins", "connection"],
  queryFn: ({ signal }) => request<Schemas["Connection"]>("/plugin-engine/connection", { signal }),
  staleTime: Infinity,
});

export const keysQuery = (page: number) =>
  queryOptions({
    queryKey: ["plugins", "keys", page],
    queryFn: ({ signal }) => request<{ data: PluginKey[]; pagination: Position }>("/plugin-engine/keys", { signal, query: { page, per_page: PAGE } }),
    placeholderData: keepPreviousData,
    refetchInterval: POLL_MS,
  });

export const keyQuery = (id: string) =>
  queryOptions({
    queryKey: ["plugins", "key", id],
    queryFn: ({ signal }) => request<PluginKey>(path(id), { signal }),
  });

export const agentsQuery = (id: string) =>
  queryOptions({
    queryKey: ["plugins", "agents", id],
    queryFn: ({ signal }) => request<PluginAgent[]>(path(id, "agents"), { signal }),
    refetchInterval: POLL_MS,
  });

/** Calls with a key, the newest first; the newest are looked for again and again. */
export function useCalls(id: string) {
  return useInfiniteQuery({
    queryKey: ["plugins", "calls", id],
    queryFn: ({ signal, pageParam }) => request<PluginCalls>(path(id, "calls"), { signal, query: { before: pageParam, limit: 50 } }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.before,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 1) > 1 ? false : POLL_MS),
  });
}

function useForgetKeys() {
  const client = useQueryClient();
  return () => Promise.all([client.invalidateQueries({ queryKey: ["plugins"] }), client.invalidateQueries({ queryKey: ["integrations"] })]);
}

export function useCreateKey() {
  const forget = useForgetKeys();
  return useMutation({
    mutationFn: (json: NewKey) => request<ShownKey>("/plugin-engine/keys", { method: "POST", json }),
    onSuccess: () => void forget(),
  });
}

export function useSaveRights(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (json: Rights) => request<PluginKey>(path(id, "rights"), { method: "PUT", json }),
    onSuccess: (key) => {
      client.setQueryData(keyQuery(id).queryKey, key);
      return client.invalidateQueries({ queryKey: agentsQuery(id).queryKey });
    },
  });
}

export function useRenewKey(id: string) {
  const forget = useForgetKeys();
  return useMutation({
    mutationFn: () => request<ShownKey>(path(id, "renewal"), { method: "POST" }),
    onSuccess: () => void forget(),
  });
}

export function useRevokeKey(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => request(path(id), { method: "DELETE" }),
    onSuccess: () => {
      for (const query of [keyQuery(id), agentsQuery(id)]) client.removeQueries({ queryKey: query.queryKey });
      return Promise.all([client.invalidateQueries({ queryKey: ["plugins", "keys"] }), client.invalidateQueries({ queryKey: ["integrations"] })]);
    },
  });
}
