import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { request } from "@/api/client";
import type { Schemas } from "@/api/schema";

import { anchorText } from "./branches";

export type Folder = Schemas["FolderObject"];
export type Found = Schemas["FoundItem"];

/** Shorter words are looked for in the names of the loaded conversations only. */
export const SEARCH_FROM = 3;
const SEARCH_TO = 100;

export const foldersQuery = queryOptions({
  queryKey: ["conversations", "folders"],
  queryFn: ({ signal }) => request<Folder[]>("/conversations/folders/list", { signal }),
});

export const searchQuery = (words: string) =>
  queryOptions({
    queryKey: ["conversations", "search", words],
    queryFn: async ({ signal }) => {
      const { items } = await request<Schemas["Found"]>("/conversations/search", { signal, query: { query: words.slice(0, SEARCH_TO) } });
      return items;
    },
    enabled: words.length >= SEARCH_FROM,
    placeholderData: keepPreviousData,
  });

/** Where in its conversation a hit was said: the turn, and the branch through the version it was said in. */
export function placeOf({ history_index: turn, variant }: Found): { turn?: number; branch?: string } {
  if (typeof turn !== "number") return {};
  return { turn, ...(typeof variant === "number" ? { branch: anchorText({ index: turn, number: variant }) } : {}) };
}

const path = (name: string): string => `/conversations/folder/${encodeURIComponent(name)}`;

function useFolderChange<T>(mutationFn: (change: T) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSettled: () => client.invalidateQueries({ queryKey: ["conversations"] }) });
}

export const useCreateFolder = () =>
  useFolderChange((folder: string) => request("/conversations/folder", { method: "POST", json: { folder } }));

export const useRenameFolder = () =>
  useFolderChange(({ name, folder }: { name: string; folder: string }) => request(path(name), { method: "PUT", json: { folder } }));

export const useDeleteFolder = () =>
  useFolderChange(({ name, emptied }: { name: string; emptied: boolean }) =>
    request(path(name), { method: "DELETE", query: { remove_conversations: emptied } }),
  );
