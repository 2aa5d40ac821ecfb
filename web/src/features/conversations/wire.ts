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

export interface HistoryItem {
  role: "User" | "Assistant";
  message: string | null;
  historyIndex: number;
  date: string | null;
  responseTime: number | null;
  fileNames: string[] | null;
  assistantId: string | null;
  thoughts: Thought[] | null;
  citations?: Citation[] | null;
  status?: "running" | "complete" | "interrupted" | "failed";
}

export interface ConversationSummary {
  id: string;
  name: string;
  pinned: boolean;
  date: string;
  update_date: string | null;
  assistant_ids: string[] | null;
  assistant_names?: string[] | null;
}

export interface Conversation {
  id: string;
  conversation_name: string;
  pinned: boolean;
  history: HistoryItem[];
  assistant_ids: string[] | null;
  initial_assistant_id: string | null;
  assistant_data: { assistant_id: string; assistant_name: string; conversation_starters?: string[] | null }[] | null;
  llm_model: string | null;
}

export interface Passage {
  chunk_id: string;
  source: string;
  title: string | null;
  page: number | null;
  start_line: number | null;
  end_line: number | null;
  text: string;
  before: string | null;
  after: string | null;
  language: string | null;
}

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
