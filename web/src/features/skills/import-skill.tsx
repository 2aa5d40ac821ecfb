import { useNavigate } from "@tanstack/react-router";

import { request } from "@/api/client";
import type { Schemas } from "@/api/schema";
import { ImportIntoProject, type Brought } from "@/features/identity/import-into-project";

import { useSkillMutation, type Skill } from "./queries";
import { base64 } from "./skill-draft";
import { text } from "./text";

/** An archive is looked into by the server and then created like any skill; a Markdown file is imported as it is. */
async function bringIn({ file, project }: Brought): Promise<Skill> {
  if (file.name.toLowerCase().endsWith(".zip")) {
    const form = new FormData();
    form.set("file", file);
    const found = await request<Schemas["BundlePreview"]>("/skills/import-bundle-preview", { method: "POST", form });
    const files = found.companion_files.map(({ path, content, mime_type, encoding }) => ({ path, content, mime_type, encoding }));
    return request<Skill>("/skills", { method: "POST", json: { ...found, project, companion_files: files } });
  }
  const content = base64(new Uint8Array(await file.arrayBuffer()));
  return request<Skill>("/skills/import", { method: "POST", json: { file_content: content, filename: file.name, project } });
}

/** Makes a skill from a file, and goes to it. */
export function ImportSkill({ onClose }: { onClose: () => void }) {
  const bring = useSkillMutation(bringIn);
  const navigate = useNavigate();
  return (
    <ImportIntoProject
      text={text}
      accept=".md,.markdown,.zip"
      mutation={bring}
      onMade={(skill) => void navigate({ to: "/skills/$skillId", params: { skillId: skill.id } })}
      onClose={onClose}
    />
  );
}
