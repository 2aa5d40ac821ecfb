import { expect, test } from "vitest";

import type { AuditEvent } from "./audit-queries";
import { eventName } from "./audit-text";
import { actorOf, gist, shown } from "./audit-values";

const event: AuditEvent = {
  id: "1",
  domain: "user_management",
  event_type: "user.project.assigned",
  entity_type: "user",
  entity_id: "u1",
  entity_name: "Bob",
  actor_id: "a1",
  actor_email: "ada@codemie.test",
  actor_name: "Ada",
  attributes: { project_name: "apollo", is_project_admin: true },
  created_at: "2026-01-01T00:00:00Z",
};

test("facts are told in words", () => {
  expect([shown(true), shown(null), shown(["a", 2]), shown([]), shown(1234), shown({ a: 1 })]).toEqual(["yes", "–", "a, 2", "–", "1,234", '{"a":1}']);
});

test("a row tells the facts that matter, and a project by its name", () => {
  expect(gist(event)).toBe("Bob · apollo");
  expect(gist({ ...event, actor_id: "u1" })).toBe("apollo");
  expect(gist({ ...event, entity_type: "project", entity_id: "zeus", attributes: { fields: ["description"] } })).toBe("zeus · description");
});

test("actors are named by name, address, or what is left of them", () => {
  expect(actorOf(event)).toBe("Ada");
  expect(actorOf({ ...event, actor_name: "" })).toBe("ada@codemie.test");
  expect(actorOf({ ...event, actor_name: null, actor_email: null })).toBe("A former user");
  expect(actorOf({ ...event, actor_name: null, actor_email: null, actor_id: null })).toBe("The platform");
});

test("who could not prove who they are is told by address, and by whom they claimed to be", () => {
  const nobody = { ...event, actor_name: null, actor_email: null, actor_id: null };
  expect(actorOf({ ...nobody, attributes: { address: "203.0.113.7" } })).toBe("Somebody at 203.0.113.7");
  expect(actorOf({ ...nobody, attributes: { address: "203.0.113.7", claimed: "admin" } })).toBe("“admin” at 203.0.113.7");
  expect(actorOf({ ...nobody, attributes: { address: "203.0.113.7", tried: "ada@codemie.test" } })).toBe("“ada@codemie.test” at 203.0.113.7");
});

test("events of later versions are shown by their own name", () => {
  expect(eventName("user.login_failed")).toBe("Sign-in refused");
  expect(eventName("budget.limit_raised")).toBe("Budget limit raised");
});
