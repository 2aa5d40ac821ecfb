import { ApiError } from "@/api/errors";

import type { IntegrationKey, IntegrationType, Scope, Setting, SettingRequest } from "./queries";
import { text } from "./text";

/** What stands in place of a stored secret; sent back, it keeps the secret. */
export const MASK = "**********";

export interface FreeValue {
  key: string;
  name: string;
  value: string;
}

export interface Draft {
  scope: Scope;
  project: string;
  alias: string;
  isGlobal: boolean;
  /** By the catalogue's names: what was typed, or the mask of what is kept. */
  values: Readonly<Record<string, string | boolean>>;
  free: readonly FreeValue[];
}

export type Problems = Readonly<Record<string, string>>;
interface Pair {
  key: string;
  value?: unknown;
}

const typed = (value: unknown): string | boolean =>
  typeof value === "boolean" ? value : typeof value === "string" ? value : value === null || value === undefined ? "" : JSON.stringify(value);

const blank = (key: IntegrationKey): string | boolean => (key.kind === "switch" ? key.default === true : typed(key.default));

export function emptyDraft(type: IntegrationType, scope: Scope, project: string): Draft {
  return {
    scope: type.personal ? scope : "project",
    project,
    alias: "",
    isGlobal: false,
    values: Object.fromEntries(type.keys.map((key) => [key.name, blank(key)])),
    free: type.free ? [{ key: "0", name: "", value: "" }] : [],
  };
}

/** The name under which a value is stored: clients may have used another one for the same. */
const storedPair = (key: IntegrationKey, pairs: readonly Pair[]) => pairs.find((pair) => pair.key === key.name || key.aliases?.includes(pair.key));

export function draftOf(type: IntegrationType, setting: Setting): Draft {
  const pairs = setting.credential_values;
  return {
    scope: setting.setting_type,
    project: setting.project_name,
    alias: setting.alias,
    isGlobal: setting.is_global,
    values: Object.fromEntries(
      type.keys.map((key) => {
        const pair = storedPair(key, pairs);
        return [key.name, pair === undefined || pair.value === null ? blank(key) : typed(pair.value)];
      }),
    ),
    free: type.free ? pairs.filter((pair) => pair.key !== "url").map((pair, place) => ({ key: String(place), name: pair.key, value: String(typed(pair.value)) })) : [],
  };
}

/** The fields that are asked for, as others are filled in. */
export function shownKeys(type: IntegrationType, values: Draft["values"]): IntegrationKey[] {
  return type.keys.filter(({ when }) => !when || when.values.includes(String(values[when.key] ?? "")));
}

export function problemsOf(type: IntegrationType, draft: Draft): Problems {
  const problems: Record<string, string> = {};
  if (draft.alias.trim() === "") problems["alias"] = text.needed;
  for (const key of shownKeys(type, draft.values)) {
    const value = draft.values[key.name];
    if (key.required && (value === undefined || value === "")) problems[key.name] = text.needed;
    else if (key.kind === "number" && value !== "" && !Number.isFinite(Number(value))) problems[key.name] = text.noNumber;
  }
  if (type.free && !draft.free.some(({ name, value }) => name.trim() && value)) problems["free"] = text.needed;
  return problems;
}

/** What the server said of one field; the alias has no place of its own in the answer. */
export function refusalsOf(error: unknown): Problems {
  if (!(error instanceof ApiError) || error.status !== 422) return {};
  if (/alias/i.test(`${error.message} ${error.details ?? ""}`)) return { alias: [error.details, error.help].filter(Boolean).join(". ") };
  return {};
}

function wireValue(key: IntegrationKey, value: string | boolean): unknown {
  if (key.kind === "number" && value !== "") return Number(value);
  return typeof value === "string" && key.kind !== "long text" && !key.secret ? value.trim() : value;
}

/** Everything that is to be stored: what is not sent is gone. What no form knows goes back as it came. */
export function valuesOf(type: IntegrationType, draft: Draft, stored: readonly Pair[] = []): Pair[] {
  if (type.free) {
    const address = stored.filter(({ key }) => key === "url");
    return [...address, ...draft.free.filter(({ name }) => name.trim()).map(({ name, value }) => ({ key: name.trim(), value }))];
  }
  const known = new Set(type.keys.flatMap((key) => [key.name, ...(key.aliases ?? [])]));
  const others = stored.filter(({ key }) => !known.has(key));
  const filled = shownKeys(type, draft.values)
    .map((key) => ({ key: storedPair(key, stored)?.key ?? key.name, value: wireValue(key, draft.values[key.name] ?? "") }))
    .filter(({ value }) => value !== "");
  const address = type.url && !others.some(({ key }) => key === "url") ? [{ key: "url", value: type.url }] : [];
  return [...address, ...others, ...filled];
}

export function requestOf(type: IntegrationType, draft: Draft, stored: readonly Pair[] = []): SettingRequest {
  return {
    project_name: draft.project,
    alias: draft.alias.trim(),
    credential_type: type.name as SettingRequest["credential_type"],
    credential_values: valuesOf(type, draft, stored),
    is_global: draft.isGlobal && draft.scope === "user",
  };
}
