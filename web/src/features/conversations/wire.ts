import type { Schemas } from "@/api/schema";

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
  metadata?: { tool_name?: string; status?: string } | null;
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
export type HistoryItem = Omit<Schemas["HistoryItem"], "thoughts" | "citations"> & {
  thoughts?: Thought[];
  citations?: Citation[];
};

export type ConversationSummary = Schemas["ConversationItem"];

export type Conversation = Omit<Schemas["ConversationObject"], "history"> & { history: HistoryItem[] };

export type Passage = Schemas["Passage"];

/** Language-model text comes as thoughts of this author; everything else is a tool. */
export const NARRATOR = "Codemie Thoughts";

/** The file name inside a `file_url` token: base64 of `L1~mime L2~owner L3~name` without separators. */
export function fileNameOf(token: string): string {
  try {
    const bytes = Uint8Array.from(atob(token), (char) => char.charCodeAt(0));
    // Lengths count characters, not UTF-16 units.
    let rest = Array.from(new TextDecoder().decode(bytes));
    let part = "";
    while (rest.length > 0) {
      const start = rest.indexOf("~") + 1;
      const end = start + Number(rest.slice(0, start - 1).join(""));
      part = rest.slice(start, end).join("");
      rest = start > 0 && end > 0 ? rest.slice(end) : [];
    }
    return part || "file";
  } catch {
    return "file";
  }
}
