import { expect, test } from "vitest";

import { everything, postsOf, standingOf } from "./standing";

test("what was read is written as it was", () => {
  const standing = {
    project: { settings: [{ mode: "all", source: "input" }] },
    assistants: { settings: [], items: [{ id: "a", settings: [{ mode: "all", source: "input" }, { mode: "filtered", source: "output" }] }] },
    datasources: { settings: [{ mode: "filtered", source: "both" }], items: [] },
    workflows: { settings: [], items: [] },
  } as const;
  const read = JSON.parse(JSON.stringify(standing)) as Parameters<typeof postsOf>[0];
  expect(postsOf(read)).toHaveLength(4);
  expect(standingOf(postsOf(read))).toEqual(standing);
});

test("nothing clears everything", () => {
  expect(standingOf([]).assistants).toEqual({ settings: [], items: [] });
  expect(postsOf({})).toEqual([]);
});

test("all of a kind is said of the kind", () => {
  expect(standingOf([everything("assistants")]).assistants).toEqual({ settings: [{ mode: "filtered", source: "both" }], items: [] });
});
