import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { request } from "@/api/client";
import type { Schemas } from "@/api/schema";

/** What one person sets up for themselves with an assistant. */

export type Slot = Schemas["Slot"];
export type VariableValue = Schemas["VariableValue"];

export const ownVariablesQuery = (id: string) =>
  queryOptions({
    queryKey: ["assistants", "own-variables", id],
    queryFn: async ({ signal }) =>
      (await request<Schemas["VariablesView"]>(`/assistants/${id}/users/prompt-variables`, { signal })).variables_config,
  });

export const ownMappingQuery = (id: string) =>
  queryOptions({
    queryKey: ["assistants", "own-mapping", id],
    queryFn: async ({ signal }) => (await request<Schemas["MappingView"]>(`/assistants/${id}/users/mapping`, { signal })).tools_config,
  });

interface Setup {
  variables: VariableValue[];
  slots: Slot[];
}

export function useSaveSetup(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ variables, slots }: Setup) => {
      if (variables.length > 0) {
        await request(`/assistants/${id}/users/prompt-variables`, { method: "POST", json: { variables_config: variables } });
      }
      if (slots.length > 0) await request(`/assistants/${id}/users/mapping`, { method: "POST", json: { tools_config: slots } });
    },
    onSuccess: async () => {
      await Promise.all([
        client.invalidateQueries({ queryKey: ownVariablesQuery(id).queryKey }),
        client.invalidateQueries({ queryKey: ownMappingQuery(id).queryKey }),
      ]);
    },
  });
}
