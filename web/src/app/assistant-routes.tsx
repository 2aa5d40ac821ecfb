import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { app, defined, oneOf, page, string, type Raw } from "./parent-routes";

const assistants = createRoute({
  getParentRoute: () => app,
  path: "/assistants",
  validateSearch: (raw: Raw) =>
    defined({
      scope: oneOf(["mine", "favorites", "marketplace", "templates"], raw["scope"]),
      search: string(raw["search"]),
      project: string(raw["project"]),
      category: string(raw["category"]),
      access: oneOf(["shared", "private"], raw["access"]),
      sort: oneOf(["usage", "likes", "name"], raw["sort"]),
      page: page(raw["page"]),
    }),
  component: lazyRouteComponent(() => import("@/features/assistants/list-page"), "AssistantListPage"),
});

const newAssistant = createRoute({
  getParentRoute: () => app,
  path: "/assistants/new",
  validateSearch: (raw: Raw) =>
    defined({
      blank: raw["blank"] === true ? true : undefined,
      remote: raw["remote"] === true ? true : undefined,
      template: string(raw["template"]),
      clone: string(raw["clone"]),
      knowledge: string(raw["knowledge"]),
    }),
  component: lazyRouteComponent(() => import("@/features/assistants/new-page"), "NewAssistantPage"),
});

const assistant = createRoute({
  getParentRoute: () => app,
  path: "/assistants/$assistantId",
  validateSearch: (raw: Raw) => {
    const version = page(raw["version"]);
    return defined({ tab: oneOf(["versions", "setup"], raw["tab"]), page: page(raw["page"]), version });
  },
  component: lazyRouteComponent(() => import("@/features/assistants/assistant-page"), "AssistantPage"),
});

const editAssistant = createRoute({
  getParentRoute: () => app,
  path: "/assistants/$assistantId/edit",
  component: lazyRouteComponent(() => import("@/features/assistants/edit-page"), "EditAssistantPage"),
});

export const assistantRoutes = [assistants, newAssistant, assistant, editAssistant] as const;
