import { Link } from "@tanstack/react-router";

import { aboveRowLink, rowLink, type Column } from "@/components/data-table";
import { Time } from "@/components/time";
import { Badge } from "@/components/ui/badge";
import { FavoriteButton } from "@/features/marketplace/reactions";

import type { SkillItem } from "./queries";
import { text } from "./text";

/** What a row shows; favourites know less than the list. */
export type SkillRow = Pick<SkillItem, "id" | "name" | "description"> & {
  project?: string | null;
  visibility?: string | null;
  assistants_count?: number;
  unique_likes_count?: number;
  createdDate?: string;
  updatedDate?: string | null;
};

const isKnown = (visibility: string | null | undefined): visibility is keyof typeof text.visibilities =>
  Boolean(visibility && visibility in text.visibilities);

function changed(skill: SkillRow) {
  const moment = skill.updatedDate ?? skill.createdDate;
  return moment && <Time value={moment} />;
}

export const skillColumns: readonly Column<SkillRow>[] = [
  {
    key: "name",
    label: text.columns.skill,
    className: "w-full",
    cell: (skill) => (
      <div className="grid min-w-0">
        <Link to="/skills/$skillId" params={{ skillId: skill.id }} className={`truncate font-medium ${rowLink}`}>
          {skill.name}
        </Link>
        <span className="truncate text-xs text-fg-muted">{skill.description}</span>
      </div>
    ),
  },
  { key: "project", label: text.columns.project, from: "lg", cell: (skill) => <span className="block max-w-40 truncate">{skill.project}</span> },
  {
    key: "visibility",
    label: text.columns.visibility,
    from: "sm",
    cell: (skill) =>
      isKnown(skill.visibility) && (
        <Badge tone={skill.visibility === "public" ? "accent" : "neutral"}>{text.visibilities[skill.visibility].label}</Badge>
      ),
  },
  { key: "used", label: text.columns.used, from: "md", align: "right", cell: (skill) => skill.assistants_count ?? 0 },
  { key: "likes", label: text.columns.likes, from: "md", align: "right", cell: (skill) => skill.unique_likes_count ?? 0 },
  { key: "updated", label: text.columns.updated, from: "lg", align: "right", cell: (skill) => changed(skill) },
  {
    key: "favorite",
    label: text.scopes.favorites,
    headless: true,
    className: "w-10",
    cell: (skill) => <FavoriteButton kind="skills" id={skill.id} name={skill.name} className={aboveRowLink} />,
  },
];
