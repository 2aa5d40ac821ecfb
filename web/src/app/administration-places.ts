import { AppWindow, FolderKanban, HeartPulse, MessagesSquare, ScrollText, ShieldCheck, SlidersHorizontal, Tags, Users, type LucideIcon } from "lucide-react";

import type { User } from "@/features/identity/queries";
import { administersProjects, isSuperuser, keepsGuardrails, overseesUsers, readsAudit } from "@/features/identity/rights";

import { text } from "./text";

export interface Place {
  to:
    | "/chat"
    | "/assistants"
    | "/skills"
    | "/mcp-servers"
    | "/knowledge" | "/integrations" | "/plugins"
    | `/administration/${"users" | "projects" | "conversations" | "categories" | "guardrails" | "applications" | "settings" | "health" | "audit"}`;
  label: string;
  icon: LucideIcon;
}

const PLACES: readonly (Place & { open: (user: User) => boolean })[] = [
  { to: "/administration/users", label: text.users, icon: Users, open: overseesUsers },
  { to: "/administration/projects", label: text.projects, icon: FolderKanban, open: administersProjects },
  { to: "/administration/conversations", label: text.conversations, icon: MessagesSquare, open: isSuperuser },
  { to: "/administration/categories", label: text.categories, icon: Tags, open: isSuperuser },
  { to: "/administration/guardrails", label: text.guardrails, icon: ShieldCheck, open: keepsGuardrails },
  { to: "/administration/applications", label: text.applications, icon: AppWindow, open: isSuperuser },
  { to: "/administration/settings", label: text.configuration, icon: SlidersHorizontal, open: isSuperuser },
  { to: "/administration/health", label: text.health, icon: HeartPulse, open: isSuperuser },
  { to: "/administration/audit", label: text.audit, icon: ScrollText, open: readsAudit },
];

/** What of the administration this person may open. */
export function administrationPlaces(user: User): readonly Place[] {
  return PLACES.filter((place) => place.open(user));
}
