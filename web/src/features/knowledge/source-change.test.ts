import { describe, expect, it } from "vitest";

import { filesFilter } from "./git-fields";
import { gitChange, gitOf } from "./source-change";

const stored = { link: "https://git.example/team/app", branch: "main", files_filter: "src/\n*.py\n!tests/", setting_id: "one" };
const git = gitOf(stored);

describe("a repository that is edited", () => {
  it("shows its patterns in two lists, which come back as they were", () => {
    expect([git.include, git.exclude]).toEqual(["src/\n*.py", "tests/"]);
    expect(filesFilter(git)).toBe(stored.files_filter);
    expect(gitChange(git, git)).toEqual({});
  });

  it("sends what changed, and nothing else", () => {
    expect(gitChange(git, { ...git, branch: " next ", setting_id: "two" })).toEqual({ branch: "next", setting_id: "two" });
    expect(gitChange(git, { ...git, include: "", exclude: "" })).toEqual({ filesFilter: "" });
  });
});
