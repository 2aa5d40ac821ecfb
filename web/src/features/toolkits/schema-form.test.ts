import { describe, expect, it } from "vitest";

import { argumentsOf, fieldsOf, initialValues } from "./schema-form";

const SCHEMA = {
  type: "object",
  required: ["title", "query"],
  properties: {
    title: { type: "string", description: "What it is called." },
    limit: { anyOf: [{ type: "integer" }, { type: "null" }], default: null },
    deep: { type: "boolean", default: false },
    order: { $ref: "#/$defs/Order" },
    query: { anyOf: [{ type: "string" }, { type: "object" }] },
    labels: { type: "array", items: { type: "string" }, default: [] },
  },
  $defs: { Order: { enum: ["asc", "desc"], type: "string" } },
};

describe("the form of a tool's arguments", () => {
  const fields = fieldsOf(SCHEMA);

  it("knows what kind of field each argument is", () => {
    expect(fields.map(({ name, kind }) => [name, kind])).toEqual([
      ["title", "text"],
      ["limit", "number"],
      ["deep", "switch"],
      ["order", "choice"],
      ["query", "json"],
      ["labels", "json"],
    ]);
    expect(fields.find(({ name }) => name === "query")?.type).toBe("string or object");
    expect(fields.find(({ name }) => name === "order")?.choices).toEqual(["asc", "desc"]);
  });

  it("says what is missing and what does not fit", () => {
    const typed = { ...initialValues(fields), limit: "many", labels: "[" };
    expect(argumentsOf(fields, typed).problems).toEqual({ title: "missing", limit: "number", query: "missing", labels: "json" });
  });

  it("sends what was filled in, as its type", () => {
    const typed = { ...initialValues(fields), title: "12", limit: "5", deep: true, query: '{"a": 1}', labels: '["x"]' };
    expect(argumentsOf(fields, typed)).toEqual({ values: { title: "12", limit: 5, deep: true, query: { a: 1 }, labels: ["x"] }, problems: {} });
  });

  it("sends text where text is allowed beside JSON", () => {
    expect(argumentsOf(fields, { ...initialValues(fields), title: "t", query: "select" }).values["query"]).toBe("select");
  });
});
