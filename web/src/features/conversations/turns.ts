import { NARRATOR, type Citation, type HistoryItem, type Thought } from "./wire";

/** One step the assistant took before its answer: a tool call, or words between tool calls. */
export interface Step {
  id: string;
  label: string;
  tool: boolean;
  input: string;
  output: string;
  failed: boolean;
  running: boolean;
  /** Seconds; null when only the server knows. */
  seconds: number | null;
}

export interface Reply {
  text: string;
  steps: Step[];
  citations: Citation[];
  seconds: number | null;
  assistantId: string | null;
  state: ReplyState;
}

export type ReplyState = "running" | "done" | "failed" | "stopped";

const STATES: Record<HistoryItem["status"], ReplyState> = {
  running: "running",
  complete: "done",
  interrupted: "stopped",
  failed: "failed",
  waiting: "stopped",
};

/** A question with every answer given to it; the last one is current. */
export interface Turn {
  index: number;
  variants: { question: string; files: string[]; reply: Reply | null }[];
}

export function stepFrom(thought: Thought, seconds: number | null = null): Step {
  return {
    id: thought.id,
    label: thought.author_name,
    tool: thought.author_name !== NARRATOR,
    input: thought.input_text ?? "",
    output: (thought.message ?? "").trim(),
    failed: thought.error,
    running: thought.in_progress,
    seconds,
  };
}

/** Steps worth showing: tools, and narration that is not the answer itself. */
export function visibleSteps(steps: Step[], answer: string): Step[] {
  return steps.filter((step) => step.tool || (step.output !== "" && !answer.includes(step.output)));
}

function replyFrom(item: HistoryItem): Reply {
  const answer = item.message;
  return {
    text: answer,
    steps: visibleSteps((item.thoughts ?? []).map((thought) => stepFrom({ ...thought, in_progress: false })), answer),
    citations: item.citations ?? [],
    seconds: item.responseTime ?? null,
    assistantId: item.assistantId ?? null,
    state: STATES[item.status],
  };
}

/** Groups the flat history: a turn is a user message and its answer; the same index again is another variant. */
export function turnsFrom(history: readonly HistoryItem[]): Turn[] {
  const turns = new Map<number, Turn>();
  for (const item of history) {
    const index = item.historyIndex ?? 0;
    const turn = turns.get(index) ?? { index, variants: [] };
    turns.set(index, turn);
    if (item.role === "User") {
      turn.variants.push({ question: item.message, files: item.fileNames ?? [], reply: null });
      continue;
    }
    const open = turn.variants.at(-1);
    if (open && !open.reply) open.reply = replyFrom(item);
    else turn.variants.push({ question: open?.question ?? "", files: open?.files ?? [], reply: replyFrom(item) });
  }
  return [...turns.values()].sort((one, other) => one.index - other.index);
}
