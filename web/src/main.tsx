import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { whenSessionEnds } from "@/api/client";
import { ApiError } from "@/api/errors";
import { createAppRouter } from "@/app/router";
import { watchProblems } from "@/app/first-problem";
import { watchSystemTheme } from "@/app/theme";
import { TooltipHost } from "@/components/ui/tooltip-host";
import { sessionQuery } from "@/features/identity/queries";
import { sessionRenewal, watchTyping } from "@/features/identity/renewal";
import { RenewalDialog } from "@/features/identity/renewal-dialog";

import "./index.css";

/** A refusal to know the caller may concern one request only: ask who is signed in. Nobody: to the sign-in page, and back. */
function onUnauthenticated(error: unknown): void {
  if (!(error instanceof ApiError && error.sessionEnded) || router.state.location.pathname === "/sign-in") return;
  queryClient.query({ ...sessionQuery, staleTime: 0 }).catch(async (refusal: unknown) => {
    if (!(refusal instanceof ApiError && refusal.sessionEnded)) return;
    const { href, pathname } = router.state.location;
    if (pathname === "/sign-in") return; // Another request was refused at the same time.
    await router.navigate({ to: "/sign-in", search: { next: href } });
    // Not before the pages that show it are gone.
    queryClient.removeQueries({ queryKey: sessionQuery.queryKey });
  });
}

const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      if (query.queryKey[0] !== "session") onUnauthenticated(error);
    },
  }),
  mutationCache: new MutationCache({ onError: onUnauthenticated }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // A refusal does not change by asking again; only lost connections and server faults are worth it.
      retry: (failures, error) => failures < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 502),
      refetchOnWindowFocus: true,
    },
  },
});

const router = createAppRouter(queryClient);

// The page's own code comes while the server says who is here, not after.
for (const route of router.getMatchedRoutes(window.location.pathname)[0]) void router.loadRouteChunk(route)?.catch(() => undefined);

watchSystemTheme();
watchProblems();
// What was typed before the last change of page is sent, or given up.
router.subscribe("onResolved", watchTyping());
whenSessionEnds(sessionRenewal(queryClient));

const container = document.getElementById("root");
if (!container) throw new Error("index.html has no #root");
createRoot(container).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
      <RenewalDialog />
      <TooltipHost />
    </QueryClientProvider>
  </StrictMode>,
);
