import { keepPreviousData, queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { request } from "@/api/client";
import type { Schemas } from "@/api/schema";
import type { Position } from "@/components/pager";

export type IntegrationType = Schemas["IntegrationType"];
export type IntegrationKey = Schemas["IntegrationKey"];
export type Setting = Schemas["Setting"];
export type SettingDetail = Schemas["SettingDetail"];
export type SettingRequest = Schemas["SettingRequest"];
export type TestRequest = Schemas["TestRequest"];
export type Diagnosis = Schemas["DiagnosedTest"];
export type Usages = Schemas["Usages"];
export type Scope = Setting["setting_type"];

const path = (scope: Scope, ...rest: string[]) => ["/settings", scope, ...rest.map(encodeURIComponent)].join("/");

export const typesQuery = queryOptions({
  queryKey: ["integrations", "types"],
  queryFn: ({ signal }) => request<Schemas["IntegrationTypes"]>("/settings/types", { signal }),
  staleTime: Infinity,
});

/** What the catalogue calls a type of integration; its name on the wire until that is known. */
export function useTypeLabel(): (name: string) => string {
  const { data } = useQuery(typesQuery);
  return (name) => data?.types.find((type) => type.name === name)?.label ?? name;
}

interface ListParams {
  search?: string | undefined;
  type?: string | undefined;
  project?: string | undefined;
  page?: number | undefined;
}

/** What this person may change. */
export const settingsQuery = (scope: Scope, { search, type, project, page = 0 }: ListParams) =>
  queryOptions({
    queryKey: ["integrations", "list", scope, { search, type, project, page }],
    queryFn: ({ signal }) =>
      request<{ data: Setting[]; pagination: Position }>(path(scope), {
        signal,
        query: { filters: JSON.stringify({ search, type, project }), page, per_page: 20 },
      }),
    placeholderData: keepPreviousData,
  });

/** What this person may use. */
export const usableQuery = queryOptions({
  queryKey: ["integrations", "usable"],
  queryFn: ({ signal }) => request<Setting[]>("/settings/user/available", { signal }),
});

export const settingQuery = (scope: Scope, id: string) =>
  queryOptions({
    queryKey: ["integrations", "detail", scope, id],
    queryFn: ({ signal }) => request<SettingDetail>(path(scope, id), { signal }),
  });

export const usagesQuery = (scope: Scope, id: string) =>
  queryOptions({
    queryKey: ["integrations", "usages", scope, id],
    queryFn: ({ signal }) => request<Usages>(`${path(scope, id)}/usages`, { signal }),
    staleTime: 0,
  });

/** The wire answers a creation without an id; the alias is unique within the project. */
async function created(scope: Scope, { alias, project_name: project }: SettingRequest): Promise<Setting | undefined> {
  const filters = JSON.stringify({ search: alias.trim(), project });
  const found = await request<{ data: Setting[] }>(path(scope), { query: { filters, per_page: 100 } });
  return found.data.find((row) => row.alias === alias.trim());
}

interface Save {
  json: SettingRequest;
  /** How it was tested before. */
  tested?: Diagnosis | null | undefined;
}

/** The test that came before an integration was saved, kept until its page is left. */
export const savedTestKey = (scope: Scope, id: string) => ["integrations", "tested", scope, id] as const;

export function useSaveSetting(scope: Scope, id: string | null) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ json }: Save) => {
      if (id !== null) {
        await request(path(scope, id), { method: "PUT", json });
        return id;
      }
      await request(path(scope), { method: "POST", json });
      return (await created(scope, json))?.id;
    },
    onSuccess: (saved, { tested }) => {
      if (saved) client.setQueryData(savedTestKey(scope, saved), tested ?? null);
      return client.invalidateQueries({ queryKey: ["integrations"], predicate: ({ queryKey }) => queryKey[1] !== "types" });
    },
  });
}

export function useRemoveSetting(scope: Scope, id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => request(path(scope, id), { method: "DELETE" }),
    onSuccess: () => {
      client.removeQueries({ queryKey: settingQuery(scope, id).queryKey });
      client.removeQueries({ queryKey: usagesQuery(scope, id).queryKey });
      return Promise.all([
        client.invalidateQueries({ queryKey: ["integrations", "list"] }),
        client.invalidateQueries({ queryKey: usableQuery.queryKey }),
      ]);
    },
  });
}

export function useDiagnose() {
  return useMutation({
    mutationFn: (json: TestRequest) => request<Diagnosis>("/settings/diagnose", { method: "POST", json }),
  });
}

/** A copy in another project; only those who administer the whole platform may make one. */
export function useCopySetting(setting: Setting) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (target: string) =>
      request<Schemas["TransferResponse"]>("/settings/transfer", {
        method: "POST",
        json: {
          source_project_name: setting.project_name,
          target_project_name: target,
          mode: "copy",
          type_of_integration: { user_integrations: false, project_integrations: true },
          list: [setting.alias],
        },
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["integrations", "list"] }),
  });
}
