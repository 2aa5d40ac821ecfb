import { expect, test } from "vitest";

import type { ToolKit } from "../draft";
import { EVERY_TOOL, labelOf, listed, picked, withLabel, type Kept } from "./plugin-choice";

const tool = (name: string) => ({ name, label: name, settings_config: false });
const kit = (...names: string[]): ToolKit => ({ toolkit: "Plugin", label: "", settings_config: true, is_external: false, tools: names.map(tool) });
const setting = { id: "s", credential_values: [{ key: "plugin_key", value: "**********" }] } as unknown as Kept;

test("all tools and single ones exclude each other", () => {
  const all = picked([], kit(), tool(EVERY_TOOL));
  expect(all[0]?.tools.map(({ name }) => name)).toEqual([EVERY_TOOL]);
  const one = picked(all, kit(), tool("_read"));
  expect(one[0]?.tools.map(({ name }) => name)).toEqual(["_read"]);
  const two = picked(one, kit(), tool("_list"));
  expect(two[0]?.tools.map(({ name }) => name)).toEqual(["_read", "_list"]);
  expect(picked(two, kit(), tool(EVERY_TOOL))[0]?.tools.map(({ name }) => name)).toEqual([EVERY_TOOL]);
});

test("a toolkit without tools leaves the assistant, and others stay", () => {
  const git = { ...kit("gitlab"), toolkit: "Git" };
  expect(picked([git, kit("_read")], kit(), tool("_read"))).toEqual([git]);
});

test("the integration stays when tools change", () => {
  const own = { ...kit("_read"), settings: setting };
  expect(picked([own], kit(), tool("_list"))[0]?.settings).toBe(setting);
});

test("tools whose agent is away stay listed", () => {
  expect(listed([tool("_read")], [tool("_read"), tool("_gone"), tool(EVERY_TOOL)])).toEqual([
    { tool: tool("_read"), away: false },
    { tool: tool("_gone"), away: true },
  ]);
});

test("a label is said beside the key, and taken back", () => {
  const repo = withLabel(setting, "repo");
  expect(labelOf({ ...kit(), settings: repo })).toBe("repo");
  expect(repo.credential_values).toHaveLength(2);
  expect(withLabel(repo, "").credential_values).toEqual(setting.credential_values);
  expect(labelOf(undefined)).toBe("");
});
