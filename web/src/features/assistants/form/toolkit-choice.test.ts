import { describe, expect, it } from "vitest";

import type { Setting } from "@/features/integrations/queries";

import type { ToolKit } from "../draft";
import { connected, found, toggled } from "./toolkit-choice";

const tool = (name: string, description = "") => ({ name, description, settings_config: true }) as ToolKit["tools"][number];
const kit = (toolkit: string, ...tools: ToolKit["tools"]) => ({ toolkit, label: toolkit, tools }) as ToolKit;
const VCS = kit("VCS", tool("gitlab", "Asks GitLab."), tool("github", "Asks GitHub."));
const AWS = kit("Cloud", tool("AWS", "Buckets and more."));
const setting = { id: "s1" } as Setting;

describe("choosing tools", () => {
  it("takes a toolkit in with its first tool and out with its last", () => {
    const [gitlab] = VCS.tools;
    const one = toggled([], VCS, gitlab ?? tool("none"));
    expect(one.map(({ tools }) => tools.map(({ name }) => name))).toEqual([["gitlab"]]);
    expect(toggled(one, VCS, gitlab ?? tool("none"))).toEqual([]);
  });

  it("keeps the integration of a toolkit while tools come and go", () => {
    const one = connected([kit("VCS", tool("gitlab"))], "VCS", null, setting);
    expect(toggled(one, VCS, tool("github"))[0]?.settings).toBe(setting);
  });

  it("connects a single tool without its siblings", () => {
    const [first] = connected([VCS], "VCS", "github", setting);
    expect(first?.tools.map(({ settings }) => settings ?? null)).toEqual([null, setting]);
    expect(first?.settings).toBeUndefined();
  });

  it("finds toolkits and tools by any of their words", () => {
    expect(found([VCS, AWS], "buckets").map(({ toolkit }) => toolkit)).toEqual(["Cloud"]);
    expect(found([VCS, AWS], "vcs hub").flatMap(({ tools }) => tools.map(({ name }) => name))).toEqual(["github"]);
    expect(found([VCS, AWS], "vcs")[0]?.tools).toHaveLength(2);
    expect(found([VCS, AWS], "")).toHaveLength(2);
  });
});
