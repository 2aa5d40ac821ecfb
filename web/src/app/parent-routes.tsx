import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, Outlet, redirect } from "@tanstack/react-router";

import { ApiError } from "@/api/errors";
import { sessionQuery } from "@/features/identity/queries";

import { Shell } from "./shell";

export type Raw = Record<string, unknown>;

/** What was typed into the address may look like a number. */
export const string = (value: unknown): string | undefined =>
  typeof value === "number" ? String(value) : typeof value === "string" && value ? value : undefined;
export const page = (value: unknown): number | undefined => (typeof value === "number" && value > 0 ? Math.floor(value) : undefined);

export const oneOf = <const T extends readonly string[]>(values: T, raw: unknown): T[number] | undefined =>
  values.find((value) => value === raw);

/** Keeps the URL short: a parameter that is unset does not appear. */
export function defined<T extends Raw>(search: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

export const root = createRootRouteWithContext<{ queryClient: QueryClient }>()({ component: Outlet });

export const app = createRoute({
  getParentRoute: () => root,
  id: "app",
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queryClient.query({ ...sessionQuery, staleTime: "static" });
    } catch (error) {
      if (error instanceof ApiError && error.sessionEnded) {
        throw redirect({ to: "/sign-in", search: location.href === "/" ? {} : { next: location.href } });
      }
      throw error;
    }
  },
});
