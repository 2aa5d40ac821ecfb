import type { QueryClient } from "@tanstack/react-query";
import { createRoute, createRouter, lazyRouteComponent, parseSearchWith, redirect, stringifySearchWith } from "@tanstack/react-router";

import { administrationRoutes } from "./administration-routes";
import { assistantRoutes } from "./assistant-routes";
import { NotFound, RouteError } from "./fallbacks";
import { app, defined, page, root, string, type Raw } from "./parent-routes";
import { signedOutRoutes } from "./signed-out-routes";
import { toolRoutes } from "./tool-routes";

const home = createRoute({
  getParentRoute: () => app,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/chat", replace: true });
  },
});

const place = (value: unknown): number | undefined => (typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : undefined);

const chat = createRoute({
  getParentRoute: () => app,
  path: "/chat",
  validateSearch: (raw: Raw) =>
    defined({
      assistant: string(raw["assistant"]),
      question: string(raw["question"]),
      source: string(raw["source"]),
      turn: place(raw["turn"]),
      panel: raw["panel"] === "files" ? ("files" as const) : undefined,
      file: string(raw["file"]),
      compare: string(raw["compare"]),
      branch: string(raw["branch"]),
    }),
  component: lazyRouteComponent(() => import("@/features/conversations/chat-page"), "ChatPage"),
});

const newChat = createRoute({
  getParentRoute: () => chat,
  path: "/",
  component: lazyRouteComponent(() => import("@/features/conversations/new-chat"), "NewChat"),
});

const conversation = createRoute({
  getParentRoute: () => chat,
  path: "$conversationId",
  component: lazyRouteComponent(() => import("@/features/conversations/conversation-view"), "ConversationView"),
});

const sharedConversation = createRoute({
  getParentRoute: () => app,
  path: "/share/conversations/$token",
  component: lazyRouteComponent(() => import("@/features/conversations/shared-page"), "SharedPage"),
});

const STATUSES = ["completed", "in_progress", "failed"] as const;

const knowledge = createRoute({
  getParentRoute: () => app,
  path: "/knowledge",
  validateSearch: (raw: Raw) =>
    defined({
      search: string(raw["search"]),
      status: STATUSES.find((status) => status === raw["status"]),
      page: page(raw["page"]),
    }),
  component: lazyRouteComponent(() => import("@/features/knowledge/list-page"), "KnowledgeListPage"),
});

const newSource = createRoute({
  getParentRoute: () => app,
  path: "/knowledge/new",
  validateSearch: (raw: Raw) => ({ type: raw["type"] === "git" ? ("git" as const) : ("file" as const) }),
  component: lazyRouteComponent(() => import("@/features/knowledge/create-page"), "CreateSourcePage"),
});

const TABS = ["skipped", "search"] as const;

const source = createRoute({
  getParentRoute: () => app,
  path: "/knowledge/$sourceId",
  validateSearch: (raw: Raw) =>
    defined({
      tab: TABS.find((tab) => tab === raw["tab"]),
      q: string(raw["q"]),
      page: page(raw["page"]),
    }),
  component: lazyRouteComponent(() => import("@/features/knowledge/detail-page"), "SourcePage"),
});

const editSource = createRoute({
  getParentRoute: () => app,
  path: "/knowledge/$sourceId/edit",
  component: lazyRouteComponent(() => import("@/features/knowledge/edit-page"), "EditSourcePage"),
});

const connectModel = createRoute({
  getParentRoute: () => app,
  path: "/models/connect",
  component: lazyRouteComponent(() => import("@/features/models/connect-page"), "ConnectModelPage"),
});

/** Whatever has no page of its own, inside the frame. */
const elsewhere = createRoute({ getParentRoute: () => app, path: "$", component: NotFound });

const routeTree = root.addChildren([
  ...signedOutRoutes,
  app.addChildren([
    home,
    chat.addChildren([newChat, conversation]),
    sharedConversation,
    ...assistantRoutes,
    ...toolRoutes,
    knowledge,
    newSource,
    source,
    editSource,
    connectModel,
    ...administrationRoutes,
    elsewhere,
  ]),
]);

/** Numbers and switches of an address; what does not come out as it was written is text, such as `1e999` or `007`. */
function parsed(value: string): unknown {
  const read: unknown = JSON.parse(value);
  return typeof read === "number" && String(read) !== value ? value : read;
}

/** Throws for text that an address can hold as it is: every place that wants text takes numbers as text, see `string`. */
function quoted(value: string): unknown {
  const read: unknown = JSON.parse(value);
  if (typeof read === "number") throw new TypeError("needs no quotes");
  return read;
}

export function createAppRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    parseSearch: parseSearchWith(parsed),
    stringifySearch: stringifySearchWith(JSON.stringify, quoted),
    context: { queryClient },
    defaultPreload: "intent",
    defaultPreloadStaleTime: 0,
    defaultErrorComponent: RouteError,
    defaultNotFoundComponent: NotFound,
    // A conversation keeps its own place, its end: brought back to where it was, no new answer would be seen.
    scrollRestoration: ({ location }) => !location.pathname.startsWith("/chat"),
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
