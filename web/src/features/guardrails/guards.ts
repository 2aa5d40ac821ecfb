import type { Schemas } from "@/api/schema";

/** A guardrail as an assistant or a data source names it. */
export type Guard = Schemas["EntityGuardrail"];

/** What stands guard by somebody else's will, over the whole project say, is shown and stays. */
export const isFixed = (guard: Guard): boolean => guard.editable === false;

/** What the form has to say of them: those it may decide on. */
export const chosenOf = (guards: readonly Guard[]): Guard[] =>
  guards.filter((guard) => !isFixed(guard)).map(({ guardrail_id, mode, source }) => ({ guardrail_id, mode, source }));

/** The guardrail is taken out, or added with what most want of it. */
export function toggled(guards: readonly Guard[], id: string, name: string): Guard[] {
  const others = guards.filter((guard) => isFixed(guard) || guard.guardrail_id !== id);
  return others.length < guards.length ? others : [...guards, { guardrail_id: id, guardrail_name: name, mode: "filtered", source: "both" }];
}
