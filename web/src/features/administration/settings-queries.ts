import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { request } from "@/api/client";
import type { Schemas } from "@/api/schema";

export type Declaration = Schemas["DeclarationView"];
export type DeclaredField = Schemas["DeclaredField"];
export type DynamicValue = Schemas["DynamicValueView"];
export type ComponentSettings = Record<string, unknown>;

export const declarationsQuery = queryOptions({
  queryKey: ["configuration", "declarations"],
  queryFn: ({ signal }) => request<Declaration[]>("/config/declarations", { signal }),
});

export const valuesQuery = queryOptions({
  queryKey: ["configuration", "values"],
  queryFn: ({ signal }) => request<DynamicValue[]>("/dynamic-config/", { signal }),
});

/** A component is kept as a value; what clients read before they sign in changes, too. */
function useConfigurationMutation<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: () => Promise.all([client.invalidateQueries({ queryKey: ["configuration"] }), client.invalidateQueries({ queryKey: ["config"] })]),
  });
}

const componentPath = (id: string) => `/config/declarations/${encodeURIComponent(id)}`;

export const useSaveComponent = (id: string) =>
  useConfigurationMutation((settings: ComponentSettings) =>
    request<Schemas["SavedSettings"]>(componentPath(id), { method: "PUT", json: { settings } }),
  );

export const useResetComponent = (id: string) => useConfigurationMutation(() => request(componentPath(id), { method: "DELETE" }));

export const useSaveValue = (isNew: boolean) =>
  useConfigurationMutation(({ key, ...rest }: Schemas["CreateDynamicValue"]) =>
    isNew
      ? request<DynamicValue>("/dynamic-config/", { method: "POST", json: { key, ...rest } })
      : request<DynamicValue>(`/dynamic-config/${encodeURIComponent(key)}`, { method: "PUT", json: rest }),
  );

export const useDeleteValue = () =>
  useConfigurationMutation((key: string) => request(`/dynamic-config/${encodeURIComponent(key)}`, { method: "DELETE" }));
