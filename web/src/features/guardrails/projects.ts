import { useQuery, useSuspenseQuery } from "@tanstack/react-query";

import { projectNamesQuery } from "@/features/administration/user-queries";
import { defaultProject, sessionQuery } from "@/features/identity/queries";
import { isSuperuser, ownProject } from "@/features/identity/rights";

/** The projects this person administers; administrators of the platform all of them, their default one first. */
export function useAdministeredProjects(): readonly string[] {
  const { data: user } = useSuspenseQuery(sessionQuery);
  const all = useQuery({ ...projectNamesQuery, enabled: isSuperuser(user) });
  if (!isSuperuser(user)) return user.applications_admin;
  return [...new Set([defaultProject(user), ...(all.data ?? []).map((project) => (typeof project === "string" ? project : project.name))])];
}

/** The projects whose guardrails this person keeps, their personal one included, and the one to begin with. */
export function useKeptProjects(): { projects: readonly string[]; first: string } {
  const { data: user } = useSuspenseQuery(sessionQuery);
  const administered = useAdministeredProjects();
  const own = ownProject(user);
  const projects = [...new Set(own === undefined ? administered : [...administered, own])];
  return { projects, first: projects[0] ?? defaultProject(user) };
}
