import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { app, defined, oneOf, page, string, type Raw } from "./parent-routes";

const skills = createRoute({
  getParentRoute: () => app,
  path: "/skills",
  validateSearch: (raw: Raw) =>
    defined({
      scope: oneOf(["project", "favorites", "marketplace"], raw["scope"]),
      search: string(raw["search"]),
      category: string(raw["category"]),
      sort: oneOf(["created_date", "assistants_count"], raw["sort"]),
      page: page(raw["page"]),
    }),
  component: lazyRouteComponent(() => import("@/features/skills/list-page"), "SkillListPage"),
});

const newSkill = createRoute({
  getParentRoute: () => app,
  path: "/skills/new",
  component: lazyRouteComponent(() => import("@/features/skills/edit-pages"), "NewSkillPage"),
});

const skill = createRoute({
  getParentRoute: () => app,
  path: "/skills/$skillId",
  component: lazyRouteComponent(() => import("@/features/skills/skill-page"), "SkillPage"),
});

const editSkill = createRoute({
  getParentRoute: () => app,
  path: "/skills/$skillId/edit",
  component: lazyRouteComponent(() => import("@/features/skills/edit-pages"), "EditSkillPage"),
});

const mcpServers = createRoute({
  getParentRoute: () => app,
  path: "/mcp-servers",
  validateSearch: (raw: Raw) =>
    defined({ tab: oneOf(["managed", "connect"], raw["tab"]), search: string(raw["search"]), page: page(raw["page"]) }),
  component: lazyRouteComponent(() => import("@/features/mcp/mcp-page"), "McpPage"),
});

const newEntry = createRoute({
  getParentRoute: () => app,
  path: "/mcp-servers/new",
  component: lazyRouteComponent(() => import("@/features/mcp/entry-pages"), "NewEntryPage"),
});

const entry = createRoute({
  getParentRoute: () => app,
  path: "/mcp-servers/$configId",
  component: lazyRouteComponent(() => import("@/features/mcp/entry-pages"), "EntryPage"),
});

const integrations = createRoute({
  getParentRoute: () => app,
  path: "/integrations",
  validateSearch: (raw: Raw) =>
    defined({
      tab: oneOf(["project", "shared", "catalogue"], raw["tab"]),
      search: string(raw["search"]),
      type: string(raw["type"]),
      project: string(raw["project"]),
      page: page(raw["page"]),
    }),
  component: lazyRouteComponent(() => import("@/features/integrations/list-page"), "IntegrationsPage"),
});

const newIntegration = createRoute({
  getParentRoute: () => app,
  path: "/integrations/new",
  validateSearch: (raw: Raw) =>
    defined({ type: string(raw["type"]), project: string(raw["project"]), scope: oneOf(["user", "project"], raw["scope"]) }),
  component: lazyRouteComponent(() => import("@/features/integrations/new-page"), "NewIntegrationPage"),
});

const integration = createRoute({
  getParentRoute: () => app,
  path: "/integrations/$scope/$settingId",
  validateSearch: (raw: Raw) => defined({ tab: oneOf(["usage"], raw["tab"]) }),
  component: lazyRouteComponent(() => import("@/features/integrations/integration-page"), "IntegrationPage"),
});

const pluginKeys = createRoute({
  getParentRoute: () => app,
  path: "/plugins",
  validateSearch: (raw: Raw) => defined({ page: page(raw["page"]) }),
  component: lazyRouteComponent(() => import("@/features/plugins/keys-page"), "PluginKeysPage"),
});

const newPluginKey = createRoute({
  getParentRoute: () => app,
  path: "/plugins/new",
  component: lazyRouteComponent(() => import("@/features/plugins/new-key-page"), "NewPluginKeyPage"),
});

const pluginKey = createRoute({
  getParentRoute: () => app,
  path: "/plugins/$keyId",
  validateSearch: (raw: Raw) => defined({ tab: oneOf(["rights", "log", "start"], raw["tab"]) }),
  component: lazyRouteComponent(() => import("@/features/plugins/key-page"), "PluginKeyPage"),
});

const mcpRoutes = [mcpServers, newEntry, entry] as const;
const pluginRoutes = [pluginKeys, newPluginKey, pluginKey] as const;

export const toolRoutes = [skills, newSkill, skill, editSkill, ...mcpRoutes, integrations, newIntegration, integration, ...pluginRoutes] as const;
