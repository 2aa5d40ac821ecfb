import { useState } from "react";

import { randomId } from "@/lib/ids";

import { uploadFile } from "./queries";

export interface Attachment {
  id: string;
  name: string;
  state: "uploading" | "ready" | "failed";
  token: string | null;
  problem: string | null;
}

const MAX_FILES = 20;

/** Files being attached to the next message: uploaded at once, sent as tokens. */
export function useAttachments() {
  const [items, setItems] = useState<Attachment[]>([]);
  const change = (id: string, patch: Partial<Attachment>) =>
    setItems((all) => all.map((item) => (item.id === id ? { ...item, ...patch } : item)));

  const add = (files: Iterable<File>) => {
    for (const file of [...files].slice(0, MAX_FILES - items.length)) {
      const id = randomId();
      setItems((all) => [...all, { id, name: file.name, state: "uploading", token: null, problem: null }]);
      uploadFile(file).then(
        (token) => change(id, { state: "ready", token }),
        (error: unknown) => change(id, { state: "failed", problem: error instanceof Error ? error.message : String(error) }),
      );
    }
  };

  return {
    items,
    add,
    remove: (id: string) => setItems((all) => all.filter((item) => item.id !== id)),
    clear: () => setItems([]),
    uploading: items.some((item) => item.state === "uploading"),
    tokens: items.flatMap((item) => (item.token ? [item.token] : [])),
  };
}
