import { useRef, useState } from "react";

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
  const uploads = useRef(new Map<string, Promise<string | null>>());
  const change = (id: string, patch: Partial<Attachment>) =>
    setItems((all) => all.map((item) => (item.id === id ? { ...item, ...patch } : item)));

  const add = (files: Iterable<File>) => {
    for (const file of [...files].slice(0, MAX_FILES - items.length)) {
      const id = randomId();
      setItems((all) => [...all, { id, name: file.name, state: "uploading", token: null, problem: null }]);
      const upload = uploadFile(file).then(
        (token) => {
          change(id, { state: "ready", token });
          return token;
        },
        (error: unknown) => {
          change(id, { state: "failed", problem: error instanceof Error ? error.message : String(error) });
          return null;
        },
      );
      uploads.current.set(id, upload);
    }
  };
  const remove = (id: string) => {
    uploads.current.delete(id);
    setItems((all) => all.filter((item) => item.id !== id));
  };
  /** The tokens once every upload has ended; null when one of those still under way fails. */
  const settled = async () => {
    const open = new Set(items.filter((item) => item.state === "uploading").map((item) => item.id));
    const tokens: string[] = [];
    for (const [id, upload] of uploads.current) {
      const token = await upload;
      if (token) tokens.push(token);
      else if (open.has(id)) return null;
    }
    return tokens;
  };

  return {
    items,
    add,
    remove,
    settled,
    clear: () => {
      uploads.current.clear();
      setItems([]);
    },
  };
}
