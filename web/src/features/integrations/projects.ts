import { useSuspenseQuery } from "@tanstack/react-query";

import { useAdministeredProjects } from "@/features/guardrails/projects";
import { defaultProject, sessionQuery } from "@/features/identity/queries";
import { isSuperuser } from "@/features/identity/rights";

/** Where this person may have integrations: their own ones in all of their projects, a project's where they administer it. */
export function useIntegrationProjects() {
  const { data: user } = useSuspenseQuery(sessionQuery);
  const kept = useAdministeredProjects();
  const first = defaultProject(user);
  const own = [...new Set([first, ...user.projects.map(({ name }) => name), ...kept])];
  return { user, first, superuser: isSuperuser(user), of: { user: own, project: [...kept] } };
}
