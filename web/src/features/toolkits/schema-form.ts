/** The form of a tool's arguments, from their JSON Schema: lines, numbers, switches, choices; anything else as JSON. */

export type JsonSchema = Readonly<Record<string, unknown>>;
export type Kind = "text" | "number" | "switch" | "choice" | "json";

export interface ArgumentField {
  name: string;
  kind: Kind;
  type: string;
  required: boolean;
  description: string;
  choices: readonly string[];
  initial: string | boolean;
}

export type Typed = Readonly<Record<string, string | boolean>>;

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** A reference within the document, followed once: what it leads to says what kind of field this is. */
function resolved(part: JsonSchema, whole: JsonSchema): JsonSchema {
  const reference = part["$ref"];
  const definitions = whole["$defs"];
  if (typeof reference !== "string" || !isRecord(definitions)) return part;
  const found = definitions[reference.split("/").at(-1) ?? ""];
  return isRecord(found) ? { ...found, ...part } : part;
}

/** Of several possibilities the one that is not null, if there is only one. */
function single(part: JsonSchema, whole: JsonSchema): JsonSchema {
  const options = list(part["anyOf"]).filter(isRecord).filter((option) => option["type"] !== "null");
  const [only] = options;
  return options.length === 1 && only ? { ...resolved(only, whole), ...part } : resolved(part, whole);
}

function typeOf(part: JsonSchema): string {
  if (typeof part["type"] === "string") return part["type"];
  const options = list(part["anyOf"]).filter(isRecord).map(typeOf).filter((type) => type !== "null");
  return [...new Set(options)].join(" or ") || "any";
}

function kindOf(part: JsonSchema): Kind {
  if (Array.isArray(part["enum"])) return "choice";
  const type = part["type"];
  if (type === "string") return "text";
  if (type === "integer" || type === "number") return "number";
  return type === "boolean" ? "switch" : "json";
}

function initialOf(kind: Kind, value: unknown): string | boolean {
  if (kind === "switch") return value === true;
  if (value === undefined || value === null) return "";
  return typeof value === "string" && kind !== "json" ? value : JSON.stringify(value);
}

export function fieldsOf(schema: JsonSchema): ArgumentField[] {
  const properties = isRecord(schema["properties"]) ? schema["properties"] : {};
  const required = new Set(list(schema["required"]));
  return Object.entries(properties).map(([name, raw]) => {
    const part = single(isRecord(raw) ? raw : {}, schema);
    const kind = kindOf(part);
    return {
      name,
      kind,
      type: typeOf(part),
      required: required.has(name),
      description: typeof part["description"] === "string" ? part["description"] : "",
      choices: list(part["enum"]).map(String),
      initial: initialOf(kind, part["default"]),
    };
  });
}

export const initialValues = (fields: readonly ArgumentField[]): Typed => Object.fromEntries(fields.map(({ name, initial }) => [name, initial]));

export interface Arguments {
  values: Record<string, unknown>;
  /** What is wrong, by the name of the field. */
  problems: Record<string, "missing" | "number" | "json">;
}

/** The arguments as they are sent; an optional one that was left empty is not. */
export function argumentsOf(fields: readonly ArgumentField[], typed: Typed): Arguments {
  const values: Arguments["values"] = {};
  const problems: Arguments["problems"] = {};
  for (const field of fields) {
    const value = typed[field.name] ?? "";
    if (typeof value === "boolean") {
      if (field.required || value !== field.initial) values[field.name] = value;
    } else if (value === "") {
      if (field.required) problems[field.name] = "missing";
    } else if (field.kind === "number") {
      if (Number.isFinite(Number(value))) values[field.name] = Number(value);
      else problems[field.name] = "number";
    } else if (field.kind === "json") {
      try {
        values[field.name] = JSON.parse(value) as unknown;
      } catch {
        // Where text is allowed, too, it need not be JSON.
        if (field.type.includes("string") || field.type === "any") values[field.name] = value;
        else problems[field.name] = "json";
      }
    } else values[field.name] = value;
  }
  return { values, problems };
}
