import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { request } from "@/api/client";
import type { Schemas } from "@/api/schema";

export type Category = Schemas["CategoryView"];
export type CategoryDraft = Schemas["CategoryRequest"];

const PATH = "/assistants/categories";

export const categoryPageQuery = ({ page = 0 }: { page?: number | undefined }) =>
  queryOptions({
    queryKey: ["assistants", "categories", "page", page],
    queryFn: async ({ signal }) => {
      const found = await request<Schemas["CategoryList"]>(`${PATH}/list`, { signal, query: { page, per_page: 50 } });
      return { data: found.categories, pagination: found.metadata };
    },
    placeholderData: keepPreviousData,
  });

/** Every form that offers categories reads them anew afterwards. */
function useCategoryMutation<Input>(mutationFn: (input: Input) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSuccess: () => client.invalidateQueries({ queryKey: ["assistants", "categories"] }) });
}

export const useSaveCategory = (id: string | null) =>
  useCategoryMutation((json: CategoryDraft) => request(id ? `${PATH}/${encodeURIComponent(id)}` : PATH, { method: id ? "PUT" : "POST", json }));

export const useDeleteCategory = () => useCategoryMutation((id: string) => request(`${PATH}/${encodeURIComponent(id)}`, { method: "DELETE" }));
