import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";

import { app, defined, oneOf, page, string, type Raw } from "./parent-routes";

const strings = (raw: unknown): string[] | undefined => {
  const texts = (Array.isArray(raw) ? raw : [raw]).filter((item): item is string => typeof item === "string" && item !== "");
  return texts.length > 0 ? texts : undefined;
};

const account = createRoute({
  getParentRoute: () => app,
  path: "/account",
  component: lazyRouteComponent(() => import("@/features/identity/profile-page"), "ProfilePage"),
});

const tokens = createRoute({
  getParentRoute: () => app,
  path: "/account/tokens",
  component: lazyRouteComponent(() => import("@/features/identity/tokens-page"), "TokensPage"),
});

const newToken = createRoute({
  getParentRoute: () => app,
  path: "/account/tokens/new",
  component: lazyRouteComponent(() => import("@/features/identity/token-create-page"), "CreateTokenPage"),
});

const administration = createRoute({
  getParentRoute: () => app,
  path: "/administration",
  beforeLoad: () => {
    throw redirect({ to: "/administration/projects", replace: true });
  },
});

const users = createRoute({
  getParentRoute: () => app,
  path: "/administration/users",
  validateSearch: (raw: Raw) =>
    defined({
      search: string(raw["search"]),
      role: oneOf(["admin", "platform_admin", "user", "auditor"], raw["role"]),
      type: oneOf(["regular", "external"], raw["type"]),
      state: oneOf(["active", "deactivated"], raw["state"]),
      project: string(raw["project"]),
      page: page(raw["page"]),
    }),
  component: lazyRouteComponent(() => import("@/features/administration/users-page"), "UsersPage"),
});

const newUser = createRoute({
  getParentRoute: () => app,
  path: "/administration/users/new",
  component: lazyRouteComponent(() => import("@/features/administration/user-create-page"), "CreateUserPage"),
});

const user = createRoute({
  getParentRoute: () => app,
  path: "/administration/users/$userId",
  validateSearch: (raw: Raw) => defined({ tab: oneOf(["projects"], raw["tab"]) }),
  component: lazyRouteComponent(() => import("@/features/administration/user-page"), "UserPage"),
});

const projects = createRoute({
  getParentRoute: () => app,
  path: "/administration/projects",
  validateSearch: (raw: Raw) =>
    defined({
      search: string(raw["search"]),
      kind: oneOf(["shared", "personal"], raw["kind"]),
      sort: oneOf(["name", "created_at"], raw["sort"]),
      order: oneOf(["desc"], raw["order"]),
      page: page(raw["page"]),
    }),
  component: lazyRouteComponent(() => import("@/features/administration/projects-page"), "ProjectsPage"),
});

const newProject = createRoute({
  getParentRoute: () => app,
  path: "/administration/projects/new",
  component: lazyRouteComponent(() => import("@/features/administration/project-create-page"), "CreateProjectPage"),
});

const project = createRoute({
  getParentRoute: () => app,
  path: "/administration/projects/$projectName",
  validateSearch: (raw: Raw) =>
    defined({ tab: oneOf(["settings"], raw["tab"]), search: string(raw["search"]), role: oneOf(["admin", "member"], raw["role"]) }),
  component: lazyRouteComponent(() => import("@/features/administration/project-page"), "ProjectPage"),
});

const importMembers = createRoute({
  getParentRoute: () => app,
  path: "/administration/projects/$projectName/import",
  component: lazyRouteComponent(() => import("@/features/administration/member-import-page"), "ImportMembersPage"),
});

const guardrails = createRoute({
  getParentRoute: () => app,
  path: "/administration/guardrails",
  validateSearch: (raw: Raw) => defined({ project: string(raw["project"]), search: string(raw["search"]), page: page(raw["page"]) }),
  component: lazyRouteComponent(() => import("@/features/guardrails/list-page"), "GuardrailsPage"),
});

const newGuardrail = createRoute({
  getParentRoute: () => app,
  path: "/administration/guardrails/new",
  validateSearch: (raw: Raw) => defined({ project: string(raw["project"]) }),
  component: lazyRouteComponent(() => import("@/features/guardrails/pages"), "NewGuardrailPage"),
});

const guardrail = createRoute({
  getParentRoute: () => app,
  path: "/administration/guardrails/$guardrailId",
  validateSearch: (raw: Raw) => defined({ tab: oneOf(["standing"], raw["tab"]) }),
  component: lazyRouteComponent(() => import("@/features/guardrails/pages"), "GuardrailPage"),
});

const audit = createRoute({
  getParentRoute: () => app,
  path: "/administration/audit",
  validateSearch: (raw: Raw) =>
    defined({
      what: strings(raw["what"]),
      on: string(raw["on"]),
      entity: string(raw["entity"]),
      actor: string(raw["actor"]),
      from: string(raw["from"]),
      to: string(raw["to"]),
      order: oneOf(["asc"], raw["order"]),
      page: page(raw["page"]),
      event: string(raw["event"]),
      at: string(raw["at"]),
    }),
  component: lazyRouteComponent(() => import("@/features/administration/audit-page"), "AuditPage"),
});

const health = createRoute({
  getParentRoute: () => app,
  path: "/administration/health",
  component: lazyRouteComponent(() => import("@/features/administration/health-page"), "HealthPage"),
});

const settings = createRoute({
  getParentRoute: () => app,
  path: "/administration/settings",
  validateSearch: (raw: Raw) => defined({ tab: oneOf(["values"], raw["tab"]) }),
  component: lazyRouteComponent(() => import("@/features/administration/settings-page"), "SettingsPage"),
});

const applications = createRoute({
  getParentRoute: () => app,
  path: "/administration/applications",
  validateSearch: (raw: Raw) => defined({ application: string(raw["application"]), page: page(raw["page"]) }),
  component: lazyRouteComponent(() => import("@/features/administration/grants-page"), "GrantsPage"),
});

const categories = createRoute({
  getParentRoute: () => app,
  path: "/administration/categories",
  validateSearch: (raw: Raw) => defined({ page: page(raw["page"]) }),
  component: lazyRouteComponent(() => import("@/features/administration/categories-page"), "CategoriesPage"),
});

const conversations = createRoute({
  getParentRoute: () => app,
  path: "/administration/conversations",
  validateSearch: (raw: Raw) =>
    defined({
      state: oneOf(["open", "finished"], raw["state"]),
      days: oneOf(["1", "7", "30"], String(raw["days"])),
      project: string(raw["project"]),
      page: page(raw["page"]),
    }),
  component: lazyRouteComponent(() => import("@/features/administration/conversations-page"), "ConversationsPage"),
});

const conversation = createRoute({
  getParentRoute: () => app,
  path: "/administration/conversations/$userId/$conversationId",
  component: lazyRouteComponent(() => import("@/features/administration/conversation-page"), "ConversationPage"),
});

export const administrationRoutes = [
  account,
  tokens,
  newToken,
  administration,
  users,
  newUser,
  user,
  projects,
  newProject,
  project,
  importMembers,
  guardrails,
  newGuardrail,
  guardrail,
  audit,
  health,
  settings,
  applications,
  categories,
  conversations,
  conversation,
] as const;
