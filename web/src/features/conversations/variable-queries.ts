import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { request } from "@/api/client";
import type { Schemas } from "@/api/schema";
import type { Assistant } from "@/features/assistants/queries";

type View = Schemas["VariablesView"];
export type Variable = Assistant["prompt_variables"][number];

const path = (assistantId: string): string => `/assistants/${encodeURIComponent(assistantId)}/users/prompt-variables`;

const ownValuesQuery = (assistantId: string) =>
  queryOptions({
    queryKey: ["prompt-variables", assistantId],
    queryFn: ({ signal }) => request<View>(path(assistantId), { signal }),
  });

/** The variables of the assistant that neither it nor the person has given a value. */
export function useMissingVariables(assistant: Assistant | undefined): Variable[] {
  const open = assistant?.prompt_variables.filter((variable) => !variable.default_value) ?? [];
  const { data } = useQuery({ ...ownValuesQuery(assistant?.id ?? ""), enabled: open.length > 0 });
  if (!data) return [];
  const given = new Set(data.variables_config.filter((value) => value.variable_value).map((value) => value.variable_key));
  return open.filter((variable) => !given.has(variable.key));
}

export function useSaveVariables(assistantId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (values: Schemas["VariableValue"][]) => request(path(assistantId), { method: "POST", json: { variables_config: values } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ownValuesQuery(assistantId).queryKey }),
  });
}
