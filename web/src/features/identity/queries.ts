import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { request } from "@/api/client";
import type { Schemas } from "@/api/schema";

export type User = Schemas["SelfView"];

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: ({ signal }) => request<User>("/user", { signal }),
  staleTime: 5 * 60_000,
  retry: false,
});

/** The project that new things go to: the marked default, else the personal one, else the first. */
export function defaultProject(user: User): string {
  const own = user.projects.find((project) => project.is_default) ?? user.projects.find(({ name }) => name === user.email);
  return (own ?? user.projects[0])?.name ?? user.email;
}

export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (credentials: { email: string; password: string }) =>
      request("/local-auth/login", { method: "POST", json: credentials }),
    onSuccess: () => {
      client.clear();
    },
  });
}

export function useSignOut() {
  return useMutation({
    mutationFn: () => request("/local-auth/logout", { method: "POST" }),
    // A full load drops everything the last person saw from memory.
    onSettled: () => window.location.assign("/sign-in"),
  });
}
