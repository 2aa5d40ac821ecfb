import { AppWindow, FolderKanban, ScrollText, ShieldCheck, SlidersHorizontal, Users, type LucideIcon } from "lucide-react";

import type { User } from "@/features/identity/queries";
import { administersProjects, isSuperuser, keepsGuardrails, overseesUsers, readsAudit } from "@/features/identity/rights";

import { text } from "./text";

export interface Place {
  to:
    | "/chat"
    | "/assistants"
    | "/skills"
    | "/mcp-servers"
    | "/knowledge" | "/integrations"
    | `/administration/${"users" | "projects" | "guardrails" | "applications" | "settings" | "audit"}`;
  label: string;
  icon: LucideIcon;
}

const PLACES: readonly (Place & { open: (user: User) => boolean })[] = [
  { to: "/administration/users", label: text.users, icon: Users, open: overseesUsers },
  { to: "/administration/projects", label: text.projects, icon: FolderKanban, open: administersProjects },
  { to: "/administration/guardrails", label: text.guardrails, icon: ShieldCheck, open: keepsGuardrails },
  { to: "/administration/applications", label: text.applications, icon: AppWindow, open: isSuperuser },
  { to: "/administration/settings", label: text.configuration, icon: SlidersHorizontal, open: isSuperuser },
  { to: "/administration/audit", label: text.audit, icon: ScrollText, open: readsAudit },
];

/** What of the administration this person may open. */
export function administrationPlaces(user: User): readonly Place[] {
  return PLACES.filter((place) => place.open(user));
}
