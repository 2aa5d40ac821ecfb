import { queryOptions, useMutation } from "@tanstack/react-query";

import { ApiError, request } from "@/api/client";
import type { Schemas } from "@/api/schema";

export type CatalogueToolkit = Schemas["CatalogueToolkit"];
export type CatalogueTool = Schemas["CatalogueTool"];
export type ToolSchema = Schemas["ToolSchema"];
export type Invoked = Schemas["Invoked"];

/** The types of integration that serve a tool, the usual one first. */
export function servingTypes(tool: CatalogueTool): readonly string[] {
  if (tool.credential_types.length > 0) return tool.credential_types;
  return tool.credential_type ? [tool.credential_type] : [];
}

/**
 * What a tool takes; null for tools that run only in a conversation. Tools of agents are there with the integration that
 * has their plugin key alone.
 */
export const toolSchemaQuery = (name: string, lentBy?: string) =>
  queryOptions({
    queryKey: ["toolkits", "schema", name, lentBy],
    queryFn: async ({ signal }) => {
      try {
        return await request<ToolSchema>(`/tools/${encodeURIComponent(name)}/schema`, { signal, query: { setting_id: lentBy } });
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }
    },
    staleTime: lentBy ? 0 : 5 * 60_000,
  });

/** What agents offer now that are connected with the plugin key of an integration. */
export const pluginToolsQuery = (setting: string) =>
  queryOptions({
    queryKey: ["toolkits", "plugin", setting],
    queryFn: ({ signal }) => request<CatalogueToolkit[]>("/assistants/plugin_tools", { signal, query: { plugin_setting_id: setting } }),
    staleTime: 0,
    retry: false,
  });

/** Which integration the tools of each system would find by themselves. */
export const foundQuery = (project: string) =>
  queryOptions({
    queryKey: ["integrations", "found", project],
    queryFn: ({ signal }) => request<Schemas["ToolkitHealth"][]>("/tools/health", { signal, query: { project } }),
  });

interface SourceRow {
  id: string;
  repo_name: string;
  index_type: string;
}

export const codeSourcesQuery = (project: string) =>
  queryOptions({
    queryKey: ["sources", "code", project],
    queryFn: async ({ signal }) => {
      const filters = JSON.stringify({ project: [project], index_type: "code" });
      const found = await request<{ data: SourceRow[] }>("/index", { signal, query: { page: 0, per_page: 100, filters } });
      return found.data.filter(({ index_type }) => index_type === "code");
    },
  });

interface Call {
  project: string;
  tool_args: Record<string, unknown>;
  tool_creds: { integration_id: string } | null;
  datasource_id: string | null;
}

export function useInvoke(name: string) {
  return useMutation({
    mutationFn: (json: Call) => request<Invoked>(`/tools/${encodeURIComponent(name)}/invoke`, { method: "POST", json }),
  });
}
