import { queryOptions } from "@tanstack/react-query";

import { request } from "@/api/client";
import type { Schemas } from "@/api/schema";

/** How people come in and go out. `local`: passwords are kept here. */
export interface SignInWays {
  local: boolean;
  /** Whether visitors may create accounts, and whether mails can be sent to those who forgot their password. */
  registration: boolean;
  mail: boolean;
  provider: string | null;
  /** Null where a proxy in front signs people in. */
  signInUrl: string | null;
  signOutUrl: string | null;
}

const text = (value: unknown): string | null => (typeof value === "string" && value ? value : null);

function waysIn(components: Schemas["Component"][]): SignInWays {
  const settings = (id: string) => components.find((component) => component.id === id)?.settings;
  const accounts = settings("localAccounts");
  const sso = settings("singleSignOn");
  return {
    local: settings("idpProvider")?.["value"] === "local",
    registration: accounts?.["registration"] === true,
    mail: accounts?.["mail"] === true,
    provider: text(sso?.["name"]),
    signInUrl: text(sso?.["signInUrl"]),
    signOutUrl: text(sso?.["signOutUrl"]),
  };
}

/** What the people who run this installation want said below every message box; null when nothing is. */
export const disclaimerQuery = queryOptions({
  queryKey: ["disclaimer"],
  queryFn: async ({ signal }) => {
    const components = await request<Schemas["Component"][]>("/config", { signal });
    return text(components.find((component) => component.id === "chatDisclaimer")?.settings["text"]);
  },
  staleTime: 60_000,
});

/** What is switched on in this installation, by id. */
export const featuresQuery = queryOptions({
  queryKey: ["features"],
  queryFn: async ({ signal }) => (await request<Schemas["Component"][]>("/config", { signal })).map(({ id }) => id),
  staleTime: 60_000,
});

export const signInWaysQuery = queryOptions({
  queryKey: ["sign-in-ways"],
  queryFn: async ({ signal }) => waysIn(await request<Schemas["Component"][]>("/config", { signal })),
  staleTime: Infinity,
});
