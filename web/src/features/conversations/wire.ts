import type { Schemas } from "@/api/schema";

import type { Asked } from "./surface";

/** The chat's wire shapes, as the backend's stream and history routes write them. */

export interface Thought {
  id: string;
  parent_id: string | null;
  in_progress: boolean;
  input_text: string | null;
  message: string | null;
  author_type: string;
  author_name: string;
  error: boolean;
  /** A tool call that waits for the person; with `author_type` System, a remark on why a reply was cut off. */
  interrupted?: boolean;
  /** A tool call that was denied or cut off. */
  aborted?: boolean;
  metadata?: { tool_name?: string; status?: string; seconds?: number; place?: string; image_artifacts?: { file_url: string }[] } | null;
}

/** What the reader thinks of an answer. */
export interface Mark {
  mark: "correct" | "partially correct" | "wrong";
  comments: string;
  feedback_id: string;
}

export interface Citation {
  number: number;
  source: string;
  title: string | null;
  start_line: number | null;
  end_line: number | null;
  page: number | null;
  index_id: string;
  index_name: string;
  chunk_id: string;
  quote: string;
}

export interface StreamChunk {
  thought?: Partial<Thought> | null;
  generated_chunk?: string | null;
  generated?: string | null;
  last?: boolean;
  time_elapsed?: number | null;
  context?: { citations?: Citation[] } | null;
  execution_error?: string | null;
  error_details?: { message?: string; details?: string } | null;
}

/** A stored message; what its free-form objects hold is fixed by the protocol. */
export type HistoryItem = Omit<Schemas["HistoryItem"], "thoughts" | "citations" | "userMark" | "interactiveRequest"> & {
  interactiveRequest?: Asked | null;
  thoughts?: Thought[];
  citations?: Citation[];
  userMark?: Mark | null;
};

export type ConversationSummary = Schemas["ConversationItem"];

export type Conversation = Omit<Schemas["ConversationObject"], "history"> & { history: HistoryItem[] };

export type Passage = Schemas["Passage"];

/** Language-model text comes as thoughts of this author; everything else is a tool. */
export const NARRATOR = "Codemie Thoughts";

/** The parts inside a `file_url` token: base64 of `L1~mime L2~owner L3~name` without separators. */
function partsOf(token: string): string[] {
  try {
    const bytes = Uint8Array.from(atob(token), (char) => char.charCodeAt(0));
    // Lengths count characters, not UTF-16 units.
    let rest = Array.from(new TextDecoder().decode(bytes));
    const parts: string[] = [];
    while (rest.length > 0) {
      const start = rest.indexOf("~") + 1;
      const end = start + Number(rest.slice(0, start - 1).join(""));
      if (!(start > 0 && end > 0)) break;
      parts.push(rest.slice(start, end).join(""));
      rest = rest.slice(end);
    }
    return parts;
  } catch {
    return [];
  }
}

export const fileNameOf = (token: string): string => partsOf(token).at(-1) ?? "file";

/** Pictures that browsers show; SVG is not among them, the server gives it only to save. */
export const isPicture = (token: string): boolean => /^image\/(?:png|jpeg|gif|webp|avif)$/.test(partsOf(token)[0] ?? "");
