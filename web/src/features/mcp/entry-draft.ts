import type { Schemas } from "@/api/schema";

import type { CatalogueEntry } from "./queries";
import { configOf, draftOf, emptyServer, type ServerDraft } from "./server-draft";

export type Asked = Schemas["McpVariable"];

/** An entry of the catalogue as its form shows it. */
export interface EntryDraft {
  about: string;
  home: string;
  categories: string;
  server: ServerDraft;
  asked: Asked[];
  clientId: string;
  clientSecret: string;
  isPublic: boolean;
  isActive: boolean;
}

export const emptyEntry: EntryDraft = {
  about: "",
  home: "",
  categories: "",
  server: emptyServer,
  asked: [],
  clientId: "",
  clientSecret: "",
  isPublic: true,
  isActive: true,
};

type Stored = Record<string, unknown>;
const authOf = (entry: CatalogueEntry | null) => (entry?.config?.["auth_config"] ?? null) as Stored | null;

export const hasClientSecret = (entry: CatalogueEntry | null): boolean => authOf(entry)?.["has_client_secret"] === true;

export function entryDraftOf(entry: CatalogueEntry): EntryDraft {
  const clientId = authOf(entry)?.["client_id"];
  const config = entry.config as Schemas["McpServerConfig"] | null;
  return {
    about: entry.description ?? "",
    home: entry.server_home_url ?? "",
    categories: entry.categories.join(", "),
    server: draftOf({ name: entry.name, enabled: true, use_custom_config: true, config, resolve_dynamic_values_in_arguments: false }),
    asked: entry.required_env_vars,
    clientId: typeof clientId === "string" ? clientId : "",
    clientSecret: "",
    isPublic: entry.is_public,
    isActive: entry.is_active,
  };
}

// What the form does not show stays as it is.
const KEPT = ["tools", "audience", "allow_issuer_prefix_match"];

/** What is sent; an empty secret keeps the one that is stored. */
export function entryOf(draft: EntryDraft, stored: CatalogueEntry | null) {
  const kept = Object.fromEntries(Object.entries(stored?.config ?? {}).filter(([key]) => KEPT.includes(key)));
  const auth = { ...authOf(stored), client_id: draft.clientId.trim(), ...(draft.clientSecret ? { client_secret: draft.clientSecret } : {}) };
  return {
    name: draft.server.name.trim(),
    description: draft.about.trim(),
    ...(draft.home.trim() || stored ? { server_home_url: draft.home.trim() } : {}),
    categories: draft.categories.split(",").map((one) => one.trim()).filter(Boolean),
    config: { ...kept, ...configOf(draft.server), ...(draft.clientId.trim() ? { auth_config: auth } : {}) },
    required_env_vars: draft.asked.filter(({ name }) => name.trim()),
    is_public: draft.isPublic,
    ...(stored ? { is_active: draft.isActive } : {}),
  };
}
