import { useRef, useState } from "react";

import { randomId } from "@/lib/ids";

import { uploadFile } from "./queries";

export interface Attachment {
  id: string;
  name: string;
  /** A small picture of an image, from this page's memory. */
  preview: string | null;
  state: "uploading" | "ready" | "failed";
  token: string | null;
  problem: string | null;
}

export const MAX_FILES = 20;
let pasted = 0;

/** Pasted pictures all have the same name, and a file of the same name would replace the one before. */
export function named(file: File): File {
  if (!/^image\.\w+$/.test(file.name)) return file;
  pasted += 1;
  const moment = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
  return new File([file], file.name.replace("image", `pasted ${moment} ${pasted}`), { type: file.type });
}

/** Files being attached to the next message: uploaded at once, sent as tokens. */
export function useAttachments() {
  const [items, setItems] = useState<Attachment[]>([]);
  const [refused, setRefused] = useState(false);
  const uploads = useRef(new Map<string, Promise<string | null>>());
  const change = (id: string, patch: Partial<Attachment>) =>
    setItems((all) => all.map((item) => (item.id === id ? { ...item, ...patch } : item)));

  const add = (files: Iterable<File>) => {
    const wanted = [...files];
    const room = MAX_FILES - items.length;
    setRefused(wanted.length > room);
    for (const file of wanted.slice(0, room)) {
      const id = randomId();
      const preview = file.type.startsWith("image/") ? URL.createObjectURL(file) : null;
      setItems((all) => [...all, { id, name: file.name, preview, state: "uploading", token: null, problem: null }]);
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
  const forget = (gone: readonly Attachment[]) => {
    for (const { id, preview } of gone) {
      uploads.current.delete(id);
      if (preview) URL.revokeObjectURL(preview);
    }
    setRefused(false);
  };
  const remove = (id: string) => {
    forget(items.filter((item) => item.id === id));
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
    refused,
    add,
    remove,
    settled,
    clear: () => {
      forget(items);
      setItems([]);
    },
  };
}
