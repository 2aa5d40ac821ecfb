import type { Schemas } from "@/api/schema";

import type { Skill, Visibility } from "./queries";
import { text } from "./text";

export type SkillFile = Schemas["FileRequest"];

export interface SkillForm {
  name: string;
  description: string;
  content: string;
  project: string;
  visibility: Visibility;
  categories: string[];
  mcp_servers: Schemas["McpServer"][];
  companion_files: SkillFile[];
}

export type SkillProblems = Partial<Record<keyof SkillForm, string>>;

export const emptySkill = (project: string): SkillForm => ({
  name: "",
  description: "",
  content: "",
  project,
  visibility: "private",
  categories: [],
  mcp_servers: [],
  companion_files: [],
});

export const formOf = (skill: Skill, files: SkillFile[]): SkillForm => ({
  name: skill.name,
  description: skill.description,
  content: skill.content,
  project: skill.project,
  visibility: skill.visibility,
  categories: skill.categories,
  mcp_servers: skill.mcp_servers ?? [],
  companion_files: files,
});

const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;

export function skillProblems(form: SkillForm, limits: Pick<Schemas["SkillLimits"], "min_content_length" | "max_content_length">): SkillProblems {
  const problems: SkillProblems = {};
  if (form.name.length < 3 || form.name.length > 64 || !NAME.test(form.name)) problems.name = text.nameWrong;
  if (form.description.length < 10 || form.description.length > 1000) problems.description = text.aboutWrong;
  if (form.content.length < limits.min_content_length) problems.content = text.contentShort(limits.min_content_length);
  else if (form.content.length > limits.max_content_length) problems.content = text.contentLong(limits.max_content_length);
  return problems;
}

/** A name as skills may have it, while it is typed: a hyphen may still stand at its end. */
export const typedName = (raw: string): string =>
  raw
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-/, "");

const LOOKS_LIKE_TEXT = /^text\/|json|xml|yaml|javascript|markdown|csv/;

/** A file as it is sent: text as it is, anything else in base64. */
export async function fileOf(file: File): Promise<SkillFile> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const plain = LOOKS_LIKE_TEXT.test(file.type) || file.type === "" ? decoded(bytes) : null;
  if (plain !== null) return { path: file.name, content: plain, mime_type: file.type || "text/plain", encoding: "text" };
  return { path: file.name, content: base64(bytes), mime_type: file.type, encoding: "base64" };
}

function decoded(bytes: Uint8Array): string | null {
  try {
    const found = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return found.includes("\0") ? null : found;
  } catch {
    return null;
  }
}

export function base64(bytes: Uint8Array): string {
  let binary = "";
  // In pieces: a call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(binary);
}
