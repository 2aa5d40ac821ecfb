import type { Schemas } from "@/api/schema";

import { text } from "./text";

export type McpServer = Schemas["McpServer"];
export type Kind = "http" | "sse" | "command";
/** Names and values in the order they are typed; a name may be empty or stand twice meanwhile. */
export type Pairs = [name: string, value: string][];

/** A server as its form shows it. */
export interface ServerDraft {
  name: string;
  description: string;
  enabled: boolean;
  catalogueId: string | null;
  kind: Kind;
  url: string;
  command: string;
  headers: Pairs;
  env: Pairs;
  token: string;
  single: boolean;
  limit: string;
  /** null is all of them, also those the server gets later. */
  tools: string[] | null;
}

export const emptyServer: ServerDraft = {
  name: "",
  description: "",
  enabled: true,
  catalogueId: null,
  kind: "http",
  url: "",
  command: "",
  headers: [],
  env: [],
  token: "",
  single: false,
  limit: "",
  tools: null,
};

const HTTP_TYPES = new Set(["streamable-http", "streamable_http", "http"]);
const pairsOf = (values: Record<string, unknown> | null | undefined): Pairs =>
  Object.entries(values ?? {}).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]);

/** How a stored configuration is reached. */
export function kindOf(config: { command?: unknown; type?: unknown } | null | undefined, command?: string | null): Kind {
  if (config?.command ?? command) return "command";
  return typeof config?.type === "string" && HTTP_TYPES.has(config.type.toLowerCase()) ? "http" : "sse";
}

/** A command line from its words; words with blanks are quoted. */
export function joined(words: readonly string[]): string {
  return words.map((word) => (/^[^\s"'\\]+$/.test(word) ? word : `"${word.replace(/["\\]/g, "\\$&")}"`)).join(" ");
}

/** The words of a command line, as a shell reads them: quotes hold blanks together. */
export function words(line: string): string[] {
  const found = line.match(/(?:[^\s"']+|"(?:\\.|[^"\\])*"|'[^']*')+/g) ?? [];
  return found.map((word) =>
    word.replace(/"((?:\\.|[^"\\])*)"|'([^']*)'/g, (_, double: string | undefined, single: string | undefined) =>
      double === undefined ? (single ?? "") : double.replace(/\\(.)/g, "$1"),
    ),
  );
}

export function draftOf(server: McpServer): ServerDraft {
  const config = server.config;
  const command = config?.command ?? server.command;
  const line = [command ?? "", ...(config?.args ?? [])].filter(Boolean);
  return {
    name: server.name,
    description: server.description ?? "",
    enabled: server.enabled,
    catalogueId: server.use_custom_config ? null : (server.mcp_config_id ?? null),
    kind: kindOf(config, server.command),
    url: config?.url ?? "",
    command: [joined(line), config?.args?.length ? "" : (server.arguments ?? "")].filter(Boolean).join(" "),
    headers: pairsOf(config?.headers),
    env: pairsOf(config?.env),
    token: config?.auth_token ?? "",
    single: config?.single_usage ?? false,
    limit: server.tools_tokens_size_limit ? String(server.tools_tokens_size_limit) : "",
    tools: server.tools ?? config?.tools ?? null,
  };
}

const recordOf = (pairs: Pairs): Record<string, string> => Object.fromEntries(pairs.filter(([key]) => key.trim()).map(([key, value]) => [key.trim(), value]));

/** Where the server is: exactly one of a command and an address. */
export function configOf(draft: ServerDraft) {
  const [command, ...args] = words(draft.command);
  const way =
    draft.kind === "command"
      ? { command: command ?? "", args }
      : { url: draft.url.trim(), type: draft.kind === "http" ? "streamable-http" : "sse", headers: recordOf(draft.headers) };
  return { ...way, env: recordOf(draft.env), auth_token: draft.kind === "command" ? null : draft.token || null, single_usage: draft.single };
}

export function serverOf(draft: ServerDraft): McpServer {
  const limit = draft.limit.trim();
  return {
    name: draft.name.trim(),
    description: draft.description.trim() || null,
    enabled: draft.enabled,
    mcp_config_id: draft.catalogueId,
    use_custom_config: false,
    config: draft.catalogueId ? { env: recordOf(draft.env), single_usage: false } : configOf(draft),
    tools: draft.tools,
    tools_tokens_size_limit: limit ? Number(limit) : null,
    resolve_dynamic_values_in_arguments: draft.kind === "command",
  };
}

export type ServerProblems = Partial<Record<"name" | "url" | "command" | "limit", string>>;

export function serverProblems(draft: ServerDraft, taken: ReadonlySet<string>): ServerProblems {
  const problems: ServerProblems = {};
  const name = draft.name.trim();
  if (!name) problems.name = text.nameMissing;
  else if (taken.has(name)) problems.name = text.nameTwice;
  if (draft.limit.trim() && !/^[1-9]\d*$/.test(draft.limit.trim())) problems.limit = text.limitWrong;
  if (draft.catalogueId) return problems;
  if (draft.kind === "command") {
    if (!draft.command.trim()) problems.command = text.commandMissing;
  } else if (!draft.url.trim()) problems.url = text.urlMissing;
  else if (!/^https?:\/\/.|^\{\{|^\$/i.test(draft.url.trim())) problems.url = text.urlWrong;
  return problems;
}

/** One line that tells where a server is. */
export function placeOf(server: McpServer): string {
  if (server.mcp_config_id && !server.use_custom_config) return text.catalogue;
  const draft = draftOf(server);
  return draft.kind === "command" ? draft.command : draft.url;
}
