import type { Schemas } from "@/api/schema";

type User = Schemas["SelfView"];

/** What the UI offers to whom. The server decides again on every request; these only spare people dead ends. */
export const isSuperuser = (user: User) => user.is_admin || user.is_maintainer;
export const overseesUsers = (user: User) => isSuperuser(user) || user.is_auditor;
export const readsAudit = (user: User) => user.is_maintainer || user.is_auditor;
export const administersProjects = (user: User) => overseesUsers(user) || user.applications_admin.length > 0;
/** The project everybody has for themselves, named like their address; a shared project may have taken that name first. */
export const ownProject = (user: User) => user.projects.find(({ name }) => name === user.email)?.name;
export const keepsGuardrails = (user: User) => isSuperuser(user) || user.applications_admin.length > 0;

/** Creators manage their project, too, even where their membership says no more than member. */
export const managesProject = (user: User, project: { name: string; created_by: string | null }) =>
  isSuperuser(user) || user.applications_admin.includes(project.name) || project.created_by === user.user_id;
