import { describe, expect, it } from "vitest";

import { errorFromBody } from "@/api/errors";

import { draftFrom, emptyForm, numberOf, problemsOf, refusalsOf, unknownVariables } from "./draft";

const form = { ...emptyForm("apollo", "mock-chat"), name: "Guide" };

describe("problemsOf", () => {
  it("finds nothing wrong with a named assistant", () => {
    expect(problemsOf(form)).toEqual({});
  });

  it("names every field that cannot be sent", () => {
    const wrong = { ...form, name: " ", temperature: "3", top_p: "x", tools_tokens_size_limit: "0.5" };
    expect(Object.keys(problemsOf(wrong)).sort()).toEqual(["name", "temperature", "tools_tokens_size_limit", "top_p"]);
  });

  it("refuses a variable that stands twice", () => {
    const variable = { key: "team", default_value: "", is_sensitive: false };
    expect(problemsOf({ ...form, prompt_variables: [variable, { ...variable, key: " team " }] })).toHaveProperty("prompt_variables");
  });
});

describe("an agent on another server", () => {
  const card = { name: "Echo", url: "https://agents.example/rpc", version: "1", skills: [] };

  it("is written as its card, without what a model is told", () => {
    const draft = draftFrom({ ...form, remote: true, agent_card: card });
    expect(draft).toMatchObject({ name: "Guide", agent_card: card });
    expect(Object.keys(draft)).not.toContain("system_prompt");
    expect(Object.keys(draft)).not.toContain("toolkits");
  });

  it("needs a card, which other assistants do not have", () => {
    expect(problemsOf({ ...form, remote: true })).toHaveProperty("agent_card");
    expect(Object.keys(draftFrom(form))).not.toContain("agent_card");
  });
});

describe("refusalsOf", () => {
  it("puts the problems of a 422 at their fields", () => {
    const details = [{ loc: ["body", "mcp_servers"], msg: "Value error, MCP server names must be unique within an assistant." }];
    expect(refusalsOf(errorFromBody(422, { error: { message: "x", details } }, null))).toEqual({ mcp_servers: "MCP server names must be unique within an assistant." });
  });

  it.each([
    ["The slug 'guide' is already used by another assistant in this project.", "slug"],
    ["The assistant could not be saved: Nested assistants aren't supported. Assistant 'A' can't have its own sub-assistants", "subAssistants"],
    ["The assistant could not be saved: Assistant 'a' can't be its own sub-assistant: circular reference.", "subAssistants"],
    ["The assistant could not be saved: skill 's' does not exist.", "skills"],
  ])("knows which field '%s' is about", (details, field) => {
    expect(refusalsOf(errorFromBody(400, { error: { message: "Failed to save assistant", details } }, null))).toEqual({ [field]: details });
  });

  it("leaves other failures to the form's end", () => {
    expect(refusalsOf(errorFromBody(403, { error: { message: "Access denied", details: "the slug " } }, null))).toEqual({});
  });
});

it("sends ids where the form shows names", () => {
  const sent = draftFrom({ ...form, skills: [{ id: "s1", name: "review" }], subAssistants: [{ id: "a1", name: "Helper" }], temperature: "0,3" });
  expect(sent).toMatchObject({ skill_ids: ["s1"], assistant_ids: ["a1"], temperature: 0.3, slug: null, icon_url: null });
  expect(sent).not.toHaveProperty("skills");
});

it("sends the guardrails that are chosen, not those that the project has set", () => {
  const guard = { guardrail_id: "g", guardrail_name: "Names", mode: "all", source: "both" } as const;
  const sent = draftFrom({ ...form, guards: [guard, { ...guard, guardrail_id: "p", editable: false }] });
  expect(sent.guardrail_assignments).toEqual([{ guardrail_id: "g", mode: "all", source: "both" }]);
  expect(sent).not.toHaveProperty("guards");
});

it("reads numbers as people type them", () => {
  expect([numberOf("", 0, 1), numberOf("0,5", 0, 1), numberOf("2", 0, 1), numberOf("a", 0, 1)]).toEqual([null, 0.5, undefined, undefined]);
});

it("offers the variables that the instructions use and nobody explains", () => {
  const system_prompt = "For {{ team }} on {{date}}, {{team}} and {{known}}; {% raw %}";
  expect(unknownVariables({ system_prompt, prompt_variables: [{ key: "known", default_value: "", is_sensitive: false }] })).toEqual(["team"]);
});
