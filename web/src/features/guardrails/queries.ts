import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { request } from "@/api/client";
import type { Schemas } from "@/api/schema";
import type { Position } from "@/components/pager";

export type GuardrailRow = Schemas["GuardrailItem"];
export type Guardrail = Schemas["GuardrailObject"];
export type Rule = NonNullable<Guardrail["rules"]>[number];
export type Standing = Schemas["GuardrailAssignments"];

interface ListParams {
  project: string;
  search?: string | undefined;
  page?: number | undefined;
}

const path = (id: string, ...rest: string[]) => ["/guardrails", encodeURIComponent(id), ...rest].join("/");

export const guardrailsQuery = ({ project, search, page = 0 }: ListParams) =>
  queryOptions({
    queryKey: ["guardrails", "list", { project, search, page }],
    queryFn: ({ signal }) =>
      request<{ data: GuardrailRow[]; pagination: Position }>("/guardrails", {
        signal,
        query: { filters: JSON.stringify({ project, search }), page, per_page: 20 },
      }),
    placeholderData: keepPreviousData,
  });

export const guardrailQuery = (id: string) =>
  queryOptions({
    queryKey: ["guardrails", "detail", id],
    queryFn: ({ signal }) => request<Guardrail>(path(id), { signal }),
  });

export const standingQuery = (id: string) =>
  queryOptions({
    queryKey: ["guardrails", "standing", id],
    queryFn: ({ signal }) => request<Standing>(path(id, "assignments"), { signal }),
  });

export const sourcesOfProjectQuery = (project: string, search: string) =>
  queryOptions({
    queryKey: ["sources", "of-project", project, search],
    queryFn: ({ signal }) =>
      request<{ data: { id: string; repo_name: string }[] }>("/index", {
        signal,
        query: { page: 0, per_page: 20, filters: JSON.stringify({ project: [project], name: search }) },
      }),
    placeholderData: keepPreviousData,
  });

interface Wanted {
  project: string;
  name: string;
  description: string;
  rules: Rule[];
}

export function useSaveGuardrail(id: string | null) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (json: Wanted) =>
      id === null ? request<Guardrail>("/guardrails", { method: "POST", json }) : request<Guardrail>(path(id), { method: "PUT", json }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["guardrails"] }),
  });
}

export function useDeleteGuardrail(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => request(path(id), { method: "DELETE" }),
    onSuccess: () => {
      client.removeQueries({ queryKey: guardrailQuery(id).queryKey });
      return client.invalidateQueries({ queryKey: ["guardrails", "list"] });
    },
  });
}

export function useSaveStanding(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (json: Standing) => {
      const saved = await request<Schemas["AssignmentsSaved"]>(path(id, "assignments"), { method: "PUT", json });
      if (saved.failed > 0) throw new Error(saved.errors.join(" "));
      return saved;
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["guardrails", "standing", id] }),
  });
}

export function useTryRules() {
  return useMutation({
    mutationFn: (json: { project: string; name: string; rules: Rule[]; text: string }) =>
      request<Schemas["Tried"]>("/guardrails/try", { method: "POST", json }),
  });
}
