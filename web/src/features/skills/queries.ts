import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { request } from "@/api/client";
import type { Schemas } from "@/api/schema";
import type { Position } from "@/components/pager";

export type SkillItem = Schemas["SkillItem"];
export type Skill = Schemas["SkillDetail"];
export type Visibility = Skill["visibility"];

export interface SkillListParams {
  page: number;
  perPage: number;
  search?: string | undefined;
  scope?: string | undefined;
  project?: string | undefined;
  category?: string | undefined;
  sort?: "created_date" | "assistants_count" | undefined;
}

export const skillsQuery = ({ page, perPage, sort, category, ...filters }: SkillListParams) =>
  queryOptions({
    queryKey: ["skills", "list", { page, perPage, sort, category, ...filters }],
    queryFn: async ({ signal }): Promise<{ data: SkillItem[]; pagination: Position }> => {
      const found = await request<Schemas["SkillList"]>("/skills", {
        signal,
        query: { page, per_page: perPage, sort_by: sort, filters: JSON.stringify({ ...filters, categories: category }) },
      });
      return { data: found.skills, pagination: { page: found.page, per_page: found.perPage, total: found.total } };
    },
    placeholderData: keepPreviousData,
  });

export const skillQuery = (id: string) =>
  queryOptions({
    queryKey: ["skills", "detail", id],
    queryFn: ({ signal }) => request<Skill>(`/skills/${encodeURIComponent(id)}`, { signal }),
  });

export const skillCategoriesQuery = queryOptions({
  queryKey: ["skills", "categories"],
  queryFn: ({ signal }) => request<Schemas["CategoryChoice"][]>("/skills/categories", { signal }),
  staleTime: Infinity,
});

export const skillLimitsQuery = queryOptions({
  queryKey: ["skills", "limits"],
  queryFn: ({ signal }) => request<Schemas["SkillLimits"]>("/skills/config", { signal }),
  staleTime: Infinity,
});

/** Changes something about skills; every list is read anew afterwards. */
export function useSkillMutation<Input, Output = unknown>(mutationFn: (input: Input) => Promise<Output>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSuccess: () => client.invalidateQueries({ queryKey: ["skills"] }) });
}

export const companionFileQuery = (id: string, path: string) =>
  queryOptions({
    queryKey: ["skills", "file", id, path],
    queryFn: ({ signal }) =>
      request<Schemas["CompanionFile"]>(`/skills/${encodeURIComponent(id)}/companion-files/content`, { signal, query: { path } }),
  });

export const skillAssistantsQuery = (id: string) =>
  queryOptions({
    queryKey: ["skills", "assistants", id],
    queryFn: ({ signal }) => request<Schemas["AssistantItem"][]>(`/skills/${encodeURIComponent(id)}/assistants`, { signal }),
  });
