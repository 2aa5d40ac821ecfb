import { useMutation } from "@tanstack/react-query";

import { send } from "@/api/client";

export interface Wanted {
  path: string;
  query: Record<string, string>;
  /** What the file is called on the person's disk. */
  name: string;
  /** What is being made, in words: "PDF". */
  label: string;
}

/** A name that every file system takes. */
export function fileName(title: string, extension: string): string {
  const clean = title.replace(/[^\p{L}\p{N} ._-]+/gu, " ").replace(/\s+/g, " ").trim().slice(0, 80);
  return `${clean || "conversation"}.${extension}`;
}

export function saveAs(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser has taken the address by then.
  window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Fetches a file and hands it to the browser to save; unlike a plain link it tells when that fails, and why. */
export function useDownload() {
  return useMutation({
    mutationFn: async ({ path, query, name }: Wanted) => {
      const response = await send(path, { query });
      saveAs(await response.blob(), name);
    },
  });
}
