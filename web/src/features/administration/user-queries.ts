import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { request } from "@/api/client";
import type { Schemas } from "@/api/schema";
import { sessionQuery } from "@/features/identity/queries";

export type UserRow = Schemas["UserListItem"];
export type UserDetail = Schemas["UserDetail"];

export interface UserFilters {
  search?: string | undefined;
  role?: "admin" | "platform_admin" | "user" | "auditor" | undefined;
  type?: "regular" | "external" | undefined;
  state?: "active" | "deactivated" | undefined;
  project?: string | undefined;
  page?: number | undefined;
}

/** Auditors are a flag of their own on the wire, beside the roles that exclude each other. */
function filtersOf({ role, type, state, project }: UserFilters): string | undefined {
  const filters = {
    ...(role === "auditor" ? { is_auditor: true } : role && { platform_role: role }),
    ...(type && { user_type: type }),
    ...(state && { is_active: state === "active" }),
    ...(project && { projects: [project] }),
  };
  return Object.keys(filters).length > 0 ? JSON.stringify(filters) : undefined;
}

export const usersQuery = (wanted: UserFilters, perPage = 20) =>
  queryOptions({
    queryKey: ["users", "list", wanted, perPage],
    queryFn: ({ signal }) =>
      request<Schemas["UserPage"]>("/admin/users", {
        signal,
        query: { search: wanted.search, filters: filtersOf(wanted), page: wanted.page ?? 0, per_page: perPage },
      }),
    placeholderData: keepPreviousData,
  });

const path = (id: string, ...rest: string[]) => ["/admin/users", ...[id, ...rest].map(encodeURIComponent)].join("/");

export const userQuery = (id: string) =>
  queryOptions({
    queryKey: ["users", "detail", id],
    queryFn: ({ signal }) => request<UserDetail>(path(id), { signal }),
  });

/** As many as a menu can hold; the filter takes any other name from the URL. */
const NAMES = 200;

export const projectNamesQuery = queryOptions({
  queryKey: ["project-names"],
  queryFn: async ({ signal }) => (await request<Schemas["ApplicationNames"]>("/admin/applications", { signal, query: { limit: NAMES } })).applications,
  staleTime: 60_000,
});

/** Lists, this account, and oneself if it is one's own are asked for again. */
function useRefresh() {
  const client = useQueryClient();
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ["users"] }),
      client.invalidateQueries({ queryKey: ["projects"] }),
      client.invalidateQueries({ queryKey: sessionQuery.queryKey }),
    ]);
}

export function useCreateUser() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (json: Schemas["LocalUser"]) => request<UserDetail>("/admin/users", { method: "POST", json }),
    onSuccess: refresh,
  });
}

export function useChangeUser(id: string) {
  const client = useQueryClient();
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (json: Schemas["UserChange"]) => request<UserDetail>(path(id), { method: "PUT", json }),
    onSuccess: (user) => {
      client.setQueryData(userQuery(id).queryKey, user);
      return refresh();
    },
  });
}

export function useSetPassword(id: string) {
  return useMutation({
    mutationFn: (newPassword: string) => request(path(id, "password"), { method: "PUT", json: { new_password: newPassword } }),
  });
}

export type MembershipChange =
  | { kind: "add"; project: string; admin: boolean }
  | { kind: "role"; project: string; admin: boolean }
  | { kind: "remove"; project: string }
  | { kind: "default"; project: string; on: boolean };

function sent(id: string, change: MembershipChange): Promise<unknown> {
  const { project } = change;
  switch (change.kind) {
    case "add":
      return request(path(id, "projects"), { method: "POST", json: { project_name: project, is_project_admin: change.admin } });
    case "role":
      return request(path(id, "projects", project), { method: "PUT", json: { is_project_admin: change.admin } });
    case "remove":
      return request(path(id, "projects", project), { method: "DELETE" });
    case "default":
      return request(path(id, "projects", project, "default"), { method: change.on ? "PUT" : "DELETE" });
  }
}

/** What happens to one user's memberships. */
export function useMembershipChange(id: string) {
  const refresh = useRefresh();
  return useMutation({ mutationFn: (change: MembershipChange) => sent(id, change), onSuccess: refresh });
}
