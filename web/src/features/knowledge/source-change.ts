import type { Guard } from "@/features/guardrails/guards";

import { filesFilter, type GitSettings } from "./git-fields";
import type { SourceDetail } from "./queries";

/** What can be changed of a data source; its name stays, because assistants hold it. */
export interface SourceForm {
  description: string;
  project: string;
  shared: boolean;
  guards: Guard[];
  git: GitSettings;
  /** Names of uploaded files that stay. */
  kept: string[];
  files: File[];
}

/** The one list of the wire as the two of the form. */
export function gitOf({ link, branch, files_filter, setting_id }: Pick<SourceDetail, "link" | "branch" | "files_filter" | "setting_id">): GitSettings {
  const patterns = (files_filter ?? "").split("\n").filter(Boolean);
  return {
    link: link ?? "",
    branch: branch ?? "",
    include: patterns.filter((pattern) => !pattern.startsWith("!")).join("\n"),
    exclude: patterns.flatMap((pattern) => (pattern.startsWith("!") ? [pattern.slice(1)] : [])).join("\n"),
    setting_id: setting_id ?? null,
  };
}

export const formOf = (source: SourceDetail): SourceForm => ({
  description: source.description,
  project: source.project_name,
  shared: source.project_space_visible,
  guards: source.guardrail_assignments ?? [],
  git: gitOf(source),
  kept: source.uploaded_files ?? [],
  files: [],
});

/** What was changed of where and how a repository is read, in the words of the wire; the rest is not sent. */
export function gitChange(before: GitSettings, now: GitSettings): Record<string, string> {
  const wire = (git: GitSettings) => ({
    link: git.link.trim(),
    branch: git.branch.trim(),
    filesFilter: filesFilter(git),
    setting_id: git.setting_id ?? "",
  });
  const old = wire(before);
  return Object.fromEntries(Object.entries(wire(now)).filter(([field, value]) => value !== old[field as keyof typeof old]));
}
