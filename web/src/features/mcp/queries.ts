import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";

import { request } from "@/api/client";
import { ApiError } from "@/api/errors";
import type { Schemas } from "@/api/schema";
import type { Position } from "@/components/pager";

import type { McpServer } from "./server-draft";

export type CatalogueEntry = Schemas["McpConfigObject"];
export type ServerTool = Schemas["ToolDetails"];

export interface CatalogueParams {
  page: number;
  perPage: number;
  search?: string | undefined;
  category?: string | undefined;
  /** Also those that are switched off; for administrators. */
  all?: boolean;
}

export const catalogueQuery = ({ page, perPage, search, category, all = false }: CatalogueParams) =>
  queryOptions({
    queryKey: ["mcp", "catalogue", { page, perPage, search, category, all }],
    queryFn: async ({ signal }): Promise<{ data: CatalogueEntry[]; pagination: Position }> => {
      const query = { page, per_page: perPage, search, category, active_only: !all };
      const found = await request<Schemas["McpConfigs"]>("/mcp-configs", { signal, query });
      return { data: found.configs, pagination: { page: found.page, per_page: found.per_page, total: found.total } };
    },
    placeholderData: keepPreviousData,
  });

export const catalogueEntryQuery = (id: string) =>
  queryOptions({
    queryKey: ["mcp", "entry", id],
    queryFn: ({ signal }) => request<CatalogueEntry>(`/mcp-configs/${encodeURIComponent(id)}`, { signal }),
  });

export const managedServersQuery = queryOptions({
  queryKey: ["mcp", "managed"],
  queryFn: ({ signal }) => request<Schemas["ManagedServer"][]>("/mcp/managed-servers", { signal }),
  staleTime: 60_000,
});

/** Whose stored secrets a test may use: the assistant or the skill that is being changed. */
export function useSecretsOwner(): Record<string, string> | null {
  const { assistantId, skillId } = useParams({ strict: false });
  if (assistantId) return { assistant_id: assistantId };
  return skillId ? { skill_id: skillId } : null;
}

/** Connects to a server and asks what it offers; nothing is saved. */
export function useTestServer() {
  const owner = useSecretsOwner();
  return useMutation({
    mutationFn: async (server: McpServer): Promise<ServerTool[]> => {
      const query = owner ? `?${new URLSearchParams(owner).toString()}` : "";
      const kits = await request<Schemas["ToolKit"][]>(`/assistants/mcp_tools${query}`, { method: "POST", json: server });
      return kits.flatMap((kit) => kit.tools);
    },
  });
}

/** Sends the person to the server's sign-in, in a window of its own so that the form stays. */
export function useSignIn() {
  return useMutation({
    mutationFn: async (authConfigId: string) => {
      // Opened before the answer: later it would be no longer the person's click, and blocked.
      const opened = window.open("about:blank", "_blank");
      try {
        const started = await request<Schemas["SignInStarted"]>("/mcp-auth/oauth2/initiate", {
          method: "POST",
          query: { auth_config_id: authConfigId },
        });
        if (opened) opened.location.href = started.authorization_url;
        else window.location.assign(started.authorization_url);
      } catch (error) {
        opened?.close();
        throw error;
      }
    },
  });
}

export function useCatalogueMutation<Input, Output = unknown>(mutationFn: (input: Input) => Promise<Output>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSuccess: () => client.invalidateQueries({ queryKey: ["mcp"] }) });
}

/** Whether the person is signed in at a server of the catalogue; null where none has ever asked for it. */
export const signInStatusQuery = (configId: string) =>
  queryOptions({
    queryKey: ["mcp", "sign-in", configId],
    queryFn: async ({ signal }) => {
      try {
        return await request<Schemas["SignInStatus"]>("/mcp-auth/status", { signal, query: { mcp_config_id: configId } });
      } catch (error) {
        if (error instanceof ApiError && (error.status === 404 || error.status === 503)) return null;
        throw error;
      }
    },
    // Signing in happens in another tab.
    refetchOnWindowFocus: "always",
  });

export const useSignOut = () =>
  useCatalogueMutation((authConfigId: string) => request(`/mcp-auth/sign-ins/${encodeURIComponent(authConfigId)}`, { method: "DELETE" }));
