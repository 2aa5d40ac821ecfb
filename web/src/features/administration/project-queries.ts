import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { request } from "@/api/client";
import type { Schemas } from "@/api/schema";
import { sessionQuery } from "@/features/identity/queries";

export type ProjectRow = Schemas["ProjectItem"];
export type ProjectDetail = Schemas["ProjectDetail"];
/** Only the keys that are sent count. */
export type ProjectChange = Partial<Schemas["ProjectChange"]>;
export type Member = Schemas["ProjectMember"];

export interface ProjectFilters {
  search?: string | undefined;
  kind?: "shared" | "personal" | undefined;
  sort?: "name" | "created_at" | undefined;
  order?: "desc" | undefined;
  page?: number | undefined;
}

export const projectsQuery = ({ search, kind, sort, order, page = 0 }: ProjectFilters) =>
  queryOptions({
    queryKey: ["projects", "list", { search, kind, sort, order, page }],
    queryFn: ({ signal }) =>
      request<Schemas["ProjectPage"]>("/projects", {
        signal,
        query: { search, project_type: kind, sort_by: sort, sort_order: sort && (order ?? "asc"), page, per_page: 20 },
      }),
    placeholderData: keepPreviousData,
  });

const path = (name: string, ...rest: string[]) => ["/projects", ...[name, ...rest].map(encodeURIComponent)].join("/");

export const projectQuery = (name: string) =>
  queryOptions({
    queryKey: ["projects", "detail", name],
    queryFn: ({ signal }) => request<ProjectDetail>(path(name), { signal }),
  });

/** A change of projects or members also changes what the caller is: their own projects and roles. */
function useRefresh() {
  const client = useQueryClient();
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ["projects"] }),
      client.invalidateQueries({ queryKey: ["users"] }),
      client.invalidateQueries({ queryKey: ["project-names"] }),
      client.invalidateQueries({ queryKey: sessionQuery.queryKey }),
    ]);
}

export function useCreateProject() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (json: Schemas["NewProject"]) => request<Schemas["ProjectView"]>("/projects", { method: "POST", json }),
    onSuccess: refresh,
  });
}

export function useChangeProject(name: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (json: ProjectChange) => request<Schemas["ProjectView"]>(path(name), { method: "PATCH", json }),
    onSuccess: refresh,
  });
}

export function useDeleteProject(name: string) {
  const client = useQueryClient();
  const refresh = useRefresh();
  return useMutation({
    mutationFn: () => request(path(name), { method: "DELETE" }),
    onSuccess: () => {
      client.removeQueries({ queryKey: projectQuery(name).queryKey });
      return refresh();
    },
  });
}

export function useTransferOwnership(name: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (userId: string) => request(path(name, "ownership"), { method: "PUT", json: { user_id: userId } }),
    onSuccess: refresh,
  });
}

export function useAddMembers(name: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (users: Schemas["Assignment"][]) =>
      request<Schemas["AssignedInBulk"]>(path(name, "assignments"), { method: "POST", json: { users } }),
    onSuccess: refresh,
  });
}

/** Shows the new role at once, and the old one again if the server refuses. */
export function useChangeMemberRole(name: string) {
  const client = useQueryClient();
  const refresh = useRefresh();
  const key = projectQuery(name).queryKey;
  return useMutation({
    mutationFn: ({ userId, admin }: { userId: string; admin: boolean }) =>
      request(path(name, "assignment", userId), { method: "PUT", json: { is_project_admin: admin } }),
    onMutate: async ({ userId, admin }) => {
      await client.cancelQueries({ queryKey: key });
      const before = client.getQueryData(key);
      client.setQueryData(key, (project) =>
        project && {
          ...project,
          members: project.members.map((member) => (member.user_id === userId ? { ...member, is_project_admin: admin } : member)),
        },
      );
      return before;
    },
    onError: (_error, _change, before) => client.setQueryData(key, before),
    onSettled: refresh,
  });
}

/** The route takes 100 at a time, all or none. */
const AT_ONCE = 100;

export function useRemoveMembers(name: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: async (userIds: readonly string[]) => {
      for (let start = 0; start < userIds.length; start += AT_ONCE) {
        await request(path(name, "assignments"), { method: "DELETE", query: { user_id: userIds.slice(start, start + AT_ONCE) } });
      }
    },
    onSettled: refresh,
  });
}

const formOf = (file: File) => {
  const form = new FormData();
  form.append("file", file);
  return form;
};

export function usePreviewImport(name: string) {
  return useMutation({
    mutationFn: (file: File) =>
      request<Schemas["ImportPreview"]>(path(name, "import-users", "validate"), { method: "POST", form: formOf(file) }),
  });
}

export function useImportMembers(name: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (file: File) => request<Schemas["AssignedInBulk"]>(path(name, "import-users"), { method: "POST", form: formOf(file) }),
    onSuccess: refresh,
  });
}
