import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { request } from "@/api/client";
import type { Schemas } from "@/api/schema";
import { forgetDrafts } from "@/app/drafts";

import { signInWaysQuery } from "./configuration";

export type User = Schemas["SelfView"];
export type Token = Schemas["TokenView"];

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

/** An account of one's own; without an access token in the answer, a mail has to be confirmed first. */
export function useRegister() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (json: Schemas["Registration"]) =>
      request<{ message?: string; access_token?: string }>("/local-auth/register", { method: "POST", json }),
    onSuccess: () => {
      client.clear();
    },
  });
}

export function useVerifyEmail() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (json: Schemas["MailedToken"]) => request("/local-auth/verify-email", { method: "POST", json }),
    onSuccess: () => {
      client.clear();
    },
  });
}

export function useForgotPassword() {
  return useMutation({
    mutationFn: (json: Schemas["ForgottenPassword"]) => request("/local-auth/forgot-password", { method: "POST", json }),
  });
}

export function useResetPassword() {
  return useMutation({
    mutationFn: (json: Schemas["PasswordReset"]) => request("/local-auth/reset-password", { method: "POST", json }),
  });
}

/** Leaves by the door one came in: the session ends here, and at the provider where there is one. */
export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      const { local, signOutUrl } = await client.query({ ...signInWaysQuery, staleTime: "static" });
      if (!local && signOutUrl) return signOutUrl;
      await request("/local-auth/logout", { method: "POST" }).catch(() => null); // Already ended is as good.
      return "/sign-in";
    },
    // A full load drops everything the last person saw from memory.
    onSuccess: (page) => {
      forgetDrafts();
      window.location.assign(page);
    },
  });
}

export function useChangeProfile() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (json: Schemas["ProfileChange"]) => request<User>("/user/profile", { method: "PUT", json }),
    onSuccess: (user) => {
      client.setQueryData(sessionQuery.queryKey, user);
    },
  });
}

export function useChangePassword() {
  return useMutation({
    mutationFn: (json: Schemas["PasswordChange"]) => request("/local-auth/change-password", { method: "POST", json }),
  });
}

export const tokensQuery = queryOptions({
  queryKey: ["tokens"],
  queryFn: async ({ signal }) => (await request<Schemas["Tokens"]>("/personal-tokens", { signal })).data,
});

export function useCreateToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (json: Schemas["NewToken"]) => request<Schemas["CreatedToken"]>("/personal-tokens", { method: "POST", json }),
    onSuccess: () => client.invalidateQueries({ queryKey: tokensQuery.queryKey }),
  });
}

export function useRevokeToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request(`/personal-tokens/${encodeURIComponent(id)}`, { method: "DELETE" }),
    onSuccess: () => client.invalidateQueries({ queryKey: tokensQuery.queryKey }),
  });
}
