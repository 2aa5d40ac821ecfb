import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { request } from "@/api/client";
import type { Schemas } from "@/api/schema";

export type Grant = Schemas["GrantView"];

export const grantsQuery = ({ application, page = 0 }: { application?: string | undefined; page?: number | undefined }) =>
  queryOptions({
    queryKey: ["grants", "list", { application, page }],
    queryFn: ({ signal }) => request<Schemas["GrantPage"]>("/permissions", { signal, query: { principal_id: application, page, per_page: 50 } }),
    placeholderData: keepPreviousData,
  });

export const applicationsQuery = queryOptions({
  queryKey: ["grants", "applications"],
  queryFn: ({ signal }) => request<Schemas["ListedApplication"][]>("/permissions/applications", { signal }),
  staleTime: 60_000,
});

export const grantableSourcesQuery = (search: string) =>
  queryOptions({
    queryKey: ["sources", "to-grant", search],
    queryFn: ({ signal }) => request<Schemas["Indexes"]>("/index", { signal, query: { page: 0, per_page: 20, filters: JSON.stringify({ name: search }) } }),
    placeholderData: keepPreviousData,
  });

function useGrantMutation<Input>(mutationFn: (input: Input) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSuccess: () => client.invalidateQueries({ queryKey: ["grants", "list"] }) });
}

export const useGrant = () =>
  useGrantMutation(({ source, application, level }: { source: string; application: string; level: string }) =>
    request("/permissions", {
      method: "POST",
      json: { resource_type: "datasource", resource_id: source, principal_type: "application", principal_id: application, permission_level: level },
    }),
  );

export const useRevoke = () => useGrantMutation((id: string) => request(`/permissions/${encodeURIComponent(id)}`, { method: "DELETE" }));
