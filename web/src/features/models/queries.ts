import { queryOptions, useQuery } from "@tanstack/react-query";

import { request } from "@/api/client";
import type { Schemas } from "@/api/schema";

export type Model = Schemas["ModelRow"];

export const modelsQuery = queryOptions({
  queryKey: ["models"],
  queryFn: ({ signal }) => request<Model[]>("/llm_models", { signal }),
  staleTime: 30_000,
});

export const painterModelsQuery = queryOptions({
  queryKey: ["models", "pictures"],
  queryFn: ({ signal }) => request<Model[]>("/llm_models/image_generation", { signal }),
  staleTime: 30_000,
});

/** Where the models come from and what is wrong with that file; only administrators are told. */
export const catalogueQuery = queryOptions({
  queryKey: ["models", "catalogue"],
  queryFn: ({ signal }) => request<Schemas["CatalogueStatus"]>("/admin/llm/status", { signal }),
  staleTime: 0,
});

/** The model that answers when nothing was chosen. */
export function useDefaultModel(): Model | undefined {
  const { data } = useQuery(modelsQuery);
  return data?.find((model) => model.default) ?? data?.[0];
}

/** Tells of which models the answers are made up by the built-in mock. Unknown names fall back to the default model. */
export function useMocks(): (baseName: string | null | undefined) => boolean {
  const { data } = useQuery(modelsQuery);
  return (baseName) => {
    const model = data?.find((item) => item.base_name === baseName) ?? data?.find((item) => item.default) ?? data?.[0];
    return model?.is_mock ?? false;
  };
}

/** What people call a model; its own name where the catalogue no longer has it. */
export function useModelLabel(baseName: string | null): string | null {
  const { data } = useQuery(modelsQuery);
  return data?.find((item) => item.base_name === baseName)?.label ?? baseName;
}
