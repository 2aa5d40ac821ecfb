import type { DynamicValue } from "./settings-queries";
import { text } from "./settings-text";

export interface ValueDraft {
  key: string;
  value_type: DynamicValue["value_type"];
  value: string;
  description: string;
}

const MOST = 10_000;
const KEY = /^[A-Z][A-Z0-9_]{0,199}$/;
const SWITCH = /^(true|t|yes|y|on|1|false|f|no|n|off|0)$/i;

const FITS: Record<DynamicValue["value_type"], (value: string) => boolean> = {
  string: () => true,
  int: (value) => /^[+-]?\d{1,18}$/.test(value.trim()),
  float: (value) => value.trim() !== "" && Number.isFinite(Number(value)),
  bool: (value) => SWITCH.test(value.trim()),
};

export const draftOf = (row: DynamicValue | null): ValueDraft => ({
  key: row?.key ?? "",
  value_type: row?.value_type ?? "string",
  value: row?.value ?? "",
  description: row?.description ?? "",
});

/** What the server would refuse, as far as it can be told here. */
export function problemsOf({ key, value, value_type }: ValueDraft): { key?: string | undefined; value?: string | undefined } {
  const fits = value.length <= MOST && FITS[value_type](value);
  return { key: KEY.test(key) ? undefined : text.keyWrong, value: fits ? undefined : text.valueWrong[value_type] };
}

export const typeOf = (value: string): DynamicValue["value_type"] => (value === "int" || value === "float" || value === "bool" ? value : "string");

/** Values that hold a component belong to the other tab. */
export const holdsComponent = ({ key }: { key: string }): boolean => key.startsWith("CUSTOMER_CONFIG__");
