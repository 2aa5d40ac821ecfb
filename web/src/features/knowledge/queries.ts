import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { request, upload } from "@/api/client";
import type { Schemas } from "@/api/schema";
import { chosenOf, type Guard } from "@/features/guardrails/guards";

import { gitChange, type SourceForm } from "./source-change";
import { statusOf } from "./status";

export type Source = Schemas["IndexListItem"];

/** The detail row; what its free-form objects hold is fixed by the protocol. */
export type SourceDetail = Omit<Schemas["IndexInfo"], "processing_info" | "refinement"> & {
  processing_info?: {
    documents_count_key?: number | null;
    total_documents?: number | null;
    skipped_documents?: number | null;
    total_size_kb?: number | null;
    unique_extensions?: string[] | null;
  } | null;
  refinement?: { done?: number; total?: number; finished?: boolean } | null;
};

export interface SourceFilters {
  page: number;
  search?: string | undefined;
  status?: string | undefined;
}

const POLL_MS = 2_000;

export const sourcesQuery = ({ page, search, status }: SourceFilters) =>
  queryOptions({
    queryKey: ["sources", "list", { page, search, status }],
    queryFn: ({ signal }) =>
      request<Schemas["Indexes"]>("/index", {
        signal,
        query: { page, per_page: 20, filters: JSON.stringify({ name: search, status }) },
      }),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.data.some((row) => statusOf(row).running) ? POLL_MS : false),
  });

export const sourceQuery = (id: string) =>
  queryOptions({
    queryKey: ["sources", "detail", id],
    queryFn: ({ signal }) => request<SourceDetail>(`/index/${encodeURIComponent(id)}`, { signal }),
  });

export const sourceAssistantsQuery = (id: string) =>
  queryOptions({
    queryKey: ["sources", "assistants", id],
    queryFn: ({ signal }) => request<{ id: string; name: string }[]>(`/index/${id}/assistants`, { signal }),
  });

export const skippedQuery = (id: string, page: number) =>
  queryOptions({
    queryKey: ["sources", "skipped", id, page],
    queryFn: ({ signal }) =>
      request<Schemas["SkippedDocuments"]>(`/index/${id}/skipped`, {
        signal,
        query: { page, per_page: 50 },
      }),
    placeholderData: keepPreviousData,
  });

export interface FileSourceDraft {
  name: string;
  description: string;
  project: string;
  shared: boolean;
  guards: Guard[];
  files: File[];
}

export interface GitSourceDraft {
  name: string;
  description: string;
  project: string;
  shared: boolean;
  guards: Guard[];
  link: string;
  branch: string;
  setting_id: string | null;
  filesFilter: string;
}

/** The create routes answer with a message only; the new row is found by its name, which is unique in the project. */
async function createdId(project: string, name: string): Promise<string | null> {
  const filters = JSON.stringify({ project, name });
  const page = await request<Schemas["Indexes"]>("/index", { query: { filters, per_page: 50, sort_key: "date" } });
  return page.data.find((row) => row.repo_name.toLowerCase() === name.toLowerCase())?.id ?? null;
}

export function useCreateFileSource(onProgress: (share: number) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ name, description, project, shared, guards, files }: FileSourceDraft) => {
      const form = new FormData();
      for (const file of files) form.append("files", file);
      const query = { name, description, project_name: project, project_space_visible: shared, guardrail_assignments: JSON.stringify(guards) };
      await upload("/index/knowledge_base/file", query, form, onProgress);
      return createdId(project, name);
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ["sources", "list"] }),
  });
}

export function useCreateGitSource() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ project, shared, guards, ...body }: GitSourceDraft) => {
      await request(`/application/${encodeURIComponent(project)}/index`, {
        method: "POST",
        json: { ...body, projectSpaceVisible: shared, guardrail_assignments: guards, indexType: "code" },
      });
      return createdId(project, body.name);
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ["sources", "list"] }),
  });
}

/** Changes a data source. What is read otherwise than before is indexed anew at once. */
export function useChangeSource({ project_name, repo_name, index_type, uploaded_files }: SourceDetail) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ before, now }: { before: SourceForm; now: SourceForm }) => {
      const moved = now.project === project_name ? {} : { new_project_name: now.project };
      const told = { description: now.description.trim() || repo_name, project_space_visible: now.shared, ...moved };
      if (index_type === "code") {
        const change = gitChange(before.git, now.git);
        const path = `/application/${encodeURIComponent(project_name)}/index/${encodeURIComponent(repo_name)}`;
        const json = { ...told, ...change, guardrail_assignments: chosenOf(now.guards) };
        return request(path, { method: "PUT", query: Object.keys(change).length > 0 ? { full_reindex: true } : {}, json });
      }
      const form = new FormData();
      for (const file of now.files) form.append("files", file);
      const removed = now.kept.length < (uploaded_files ?? []).length;
      const query = {
        ...told,
        project_name,
        name: repo_name,
        guardrail_assignments: JSON.stringify(chosenOf(now.guards)),
        ...(removed ? { uploaded_files: JSON.stringify(now.kept) } : {}),
      };
      const body = now.files.length > 0 ? { form } : { json: {} };
      return request("/index/knowledge_base/file", { method: "PUT", query, ...body });
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ["sources"] }),
  });
}

export function useReindex(source: Source | undefined) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      if (!source) return;
      const { project_name, repo_name } = source;
      if (source.index_type === "knowledge_base_file") {
        const query = { project_name, name: repo_name, full_reindex: true };
        await request("/index/knowledge_base/file", { method: "PUT", query, json: {} });
      } else {
        const path = `/application/${encodeURIComponent(project_name)}/index/${encodeURIComponent(repo_name)}`;
        await request(path, { method: "PUT", query: { full_reindex: true }, json: {} });
      }
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ["sources"] }),
  });
}

/** Stops indexing; what was searchable before stays so. */
export function useCancelIndexing(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => request(`/index/${id}/cancel`, { method: "POST" }),
    onSettled: () => client.invalidateQueries({ queryKey: ["sources"] }),
  });
}

export function useDeleteSource() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request(`/index/${id}`, { method: "DELETE" }),
    onSuccess: (_, id) => {
      client.removeQueries({ queryKey: ["sources", "detail", id] });
      void client.invalidateQueries({ queryKey: ["assistants", "context"] });
      return client.invalidateQueries({ queryKey: ["sources", "list"] });
    },
  });
}
