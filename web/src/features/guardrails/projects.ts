import { useQuery, useSuspenseQuery } from "@tanstack/react-query";

import { projectNamesQuery } from "@/features/administration/user-queries";
import { defaultProject, sessionQuery } from "@/features/identity/queries";
import { isSuperuser } from "@/features/identity/rights";

/** The projects whose guardrails this person keeps, and the one to begin with. */
export function useKeptProjects(): { projects: readonly string[]; first: string } {
  const { data: user } = useSuspenseQuery(sessionQuery);
  const all = useQuery({ ...projectNamesQuery, enabled: isSuperuser(user) });
  const own = isSuperuser(user) ? [...new Set([defaultProject(user), ...(all.data ?? []).map((project) => (typeof project === "string" ? project : project.name))])] : user.applications_admin;
  return { projects: own, first: own[0] ?? defaultProject(user) };
}
