import type { Schemas } from "@/api/schema";

/** What an assistant shows to ask the person something, as the protocol has it. */

interface Option {
  value: string;
  label: string;
}

interface Rules {
  required?: boolean;
  regex?: string;
  email?: boolean;
}

export interface ButtonElement {
  type: "button";
  id: string;
  label: string;
  style?: "primary" | "secondary" | "danger";
}

export type FieldElement =
  | { type: "multiple_choice"; id: string; options: Option[]; max_allowed_selections?: number }
  | { type: "dropdown"; id: string; label: string; options: Option[]; placeholder?: string; required?: boolean }
  | { type: "date_picker"; id: string; label: string; min?: string; max?: string; required?: boolean }
  | { type: "text_field"; id: string; label: string; validation?: Rules }
  | { type: "checkbox"; id: string; label: string; validation?: Rules };
export type Element = { type: "text"; content: string } | { type: "column" | "row"; children: Element[] } | ButtonElement | FieldElement;

export interface Asked {
  request_id: string;
  surface: Element[];
}

export type Answer = Schemas["InteractiveResponse"];

const flat = (surface: readonly Element[]): Element[] =>
  surface.flatMap((element) => (element.type === "column" || element.type === "row" ? flat(element.children) : [element]));

export const buttonsOf = (surface: readonly Element[]): ButtonElement[] => flat(surface).filter((element) => element.type === "button");

export const fieldsOf = (surface: readonly Element[]): FieldElement[] =>
  flat(surface).filter((element): element is FieldElement => !["text", "column", "row", "button"].includes(element.type));

/** Whether the button sends the fields; beside fields, only primary ones do. */
export const sends = (button: ButtonElement, surface: readonly Element[]): boolean =>
  fieldsOf(surface).length > 0 && (button.style ?? "primary") === "primary";

/** The question in words, as the server makes them the text of a reply in which the model wrote nothing else. */
export function spoken(surface: readonly Element[]): string {
  const said = flat(surface).flatMap((element) => (element.type === "text" ? [element.content] : []));
  const labels = flat(surface).flatMap((element) => ("label" in element ? [element.label] : []));
  return (said.length > 0 ? said : labels).join("\n\n");
}

const labelOf = (options: readonly Option[], value: string): string => options.find((option) => option.value === value)?.label ?? value;

function valueOf(field: FieldElement, form: FormData): Record<string, string | boolean | string[]> {
  if (field.type === "multiple_choice") return { selected: form.getAll(field.id).map(String) };
  if (field.type === "checkbox") return { value: form.has(field.id) };
  const value = form.get(field.id);
  return { value: typeof value === "string" ? value : "" };
}

function lineOf(field: FieldElement, form: FormData): string[] {
  const given = form.getAll(field.id).map(String).filter(Boolean);
  if (given.length === 0) return [];
  if (field.type === "multiple_choice") return [given.map((value) => labelOf(field.options, value)).join(", ")];
  if (field.type === "checkbox") return [field.label];
  return [`${field.label}: ${field.type === "dropdown" ? labelOf(field.options, given[0] ?? "") : given.join()}`];
}

/** What the person answered, and the words that stand for it in the conversation. */
export function answerTo({ request_id, surface }: Asked, form: FormData, button: ButtonElement | undefined): { answer: Answer; said: string } {
  const fields = fieldsOf(surface);
  if (button && !sends(button, surface)) return { answer: { request_id, kind: "action", payload: { id: button.id } }, said: button.label };
  const lines = fields.flatMap((field) => lineOf(field, form));
  const said = lines.length > 0 ? lines.join("\n") : (button?.label ?? "–");
  const [only] = fields;
  if (!button && fields.length === 1 && only?.type === "multiple_choice") {
    return { answer: { request_id, kind: "choice", payload: { id: only.id, ...valueOf(only, form) } }, said };
  }
  const values = Object.fromEntries(fields.map((field) => [field.id, valueOf(field, form)]));
  if (!button) return { answer: { request_id, kind: "form", payload: { values } }, said };
  return { answer: { request_id, kind: "submit", payload: { id: button.id, values } }, said };
}
