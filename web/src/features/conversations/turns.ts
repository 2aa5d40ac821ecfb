import type { Asked } from "./surface";
import { isPicture, NARRATOR, type Citation, type HistoryItem, type Mark, type Thought } from "./wire";

export type StepState = "running" | "done" | "failed" | "denied" | "waiting" | "cut";

/** One step the assistant took before its answer: a tool call, a task of a sub-assistant, or words between calls. */
export interface Step {
  id: string;
  /** The call of the sub-assistant that took this step. */
  parentId: string | null;
  label: string;
  /** The machine of somebody's that it runs on. */
  place: string | null;
  kind: "tool" | "agent" | "words" | "remark";
  input: string;
  output: string;
  state: StepState;
  /** The `file_url` of each picture it gave back. */
  pictures: string[];
  /** Seconds; null when nobody measured. */
  seconds: number | null;
}

/** What a reply used of models, all that took part together. */
export interface Usage {
  input: number;
  output: number;
  /** US dollars. */
  money: number;
}

export interface Reply {
  text: string;
  steps: Step[];
  citations: Citation[];
  seconds: number | null;
  assistantId: string | null;
  state: ReplyState;
  /** Where the answer stands in the flat history; null while it is only being written. */
  place: number | null;
  mark: Mark | null;
  /** What the assistant asks before it goes on. */
  asked: Asked | null;
  /** Null while nobody counted. */
  usage: Usage | null;
  /** The model that wrote it; null where that was not kept. */
  model: string | null;
  /** A guardrail refused the question or the answer. */
  refused: boolean;
}

/** `waiting`: tool calls need the person's word. `stopped`: by the person; `cut`: by a server or network that went away. */
export type ReplyState = "running" | "done" | "failed" | "stopped" | "cut" | "waiting";

const STATES: Record<HistoryItem["status"], ReplyState> = {
  running: "running",
  complete: "done",
  interrupted: "cut",
  failed: "failed",
  waiting: "waiting",
};

/** A remark of the server's says who ended the reply; of a server that died there is none. */
function replyStateOf({ status, thoughts = [] }: HistoryItem): ReplyState {
  const stopped = thoughts.some(({ author_type, message }) => author_type === "System" && message?.includes("stopped by the person"));
  return status === "interrupted" && stopped ? "stopped" : STATES[status];
}

export interface Variant {
  /** What the server calls it; `follows` is the number of the version of the turn before that it follows, null: the newest. */
  number: number;
  /** Its place among the versions of its turn. */
  ordinal: number;
  follows: number | null;
  /** Where it ends in the flat history. */
  place: number;
  question: string;
  files: string[];
  reply: Reply | null;
}

/** A question with every answer given to it, in all branches. */
export interface Turn {
  index: number;
  variants: Variant[];
}

function kindOf(thought: Thought): Step["kind"] {
  if (thought.author_type === "System") return "remark";
  if (thought.author_type === "Agent") return "agent";
  return thought.author_name === NARRATOR ? "words" : "tool";
}

function stateOf(thought: Thought, kind: Step["kind"]): StepState {
  if (thought.in_progress) return "running";
  if (thought.error) return "failed";
  if (kind === "remark" || kind === "words") return "done";
  if (thought.interrupted) return "waiting";
  // A call that was refused says so; one that was cut off has no result.
  if (thought.aborted) return thought.message ? "denied" : "cut";
  return "done";
}

/** What people read in place of the names that tools have on the wire, where clients compare them. */
const TOOLS: Readonly<Record<string, string>> = {
  "Pdf Tool": "PDF reader",
  "Docx Tool": "Word reader",
  "Excel Tool": "Excel reader",
  "Pptx Tool": "PowerPoint reader",
  "Csv Tool": "CSV reader",
  "File Analysis": "File reader",
};

function toolName(author: string): string {
  const source = /^Search Kb (.+)$/.exec(author)?.[1];
  return source ? `Knowledge search (${source.toLowerCase()})` : (TOOLS[author] ?? author);
}

export function stepFrom(thought: Thought, seconds: number | null = thought.metadata?.seconds ?? null): Step {
  const kind = kindOf(thought);
  return {
    id: thought.id,
    parentId: thought.parent_id,
    label: kind === "tool" ? toolName(thought.author_name) : thought.author_name,
    place: thought.metadata?.place ?? null,
    kind,
    input: thought.input_text ?? "",
    output: (thought.message ?? "").trim(),
    state: stateOf(thought, kind),
    pictures: (thought.metadata?.image_artifacts ?? []).map((artifact) => artifact.file_url).filter(isPicture),
    seconds,
  };
}

export const isCall = (step: Step): boolean => step.kind === "tool" || step.kind === "agent";

/** Steps worth showing: calls, and words that are not the answer itself. */
export function visibleSteps(steps: Step[], answer: string): Step[] {
  return steps.filter((step) => {
    if (isCall(step)) return true;
    return step.kind === "words" && step.output !== "" && (step.parentId !== null || !answer.includes(step.output));
  });
}

function usageOf({ inputTokens, outputTokens, moneySpent }: HistoryItem): Usage | null {
  if (!inputTokens && !outputTokens) return null;
  return { input: inputTokens ?? 0, output: outputTokens ?? 0, money: moneySpent ?? 0 };
}

function replyFrom(item: HistoryItem, place: number): Reply {
  const answer = item.message;
  return {
    text: answer,
    steps: visibleSteps((item.thoughts ?? []).map((thought) => stepFrom({ ...thought, in_progress: false })), answer),
    citations: item.citations ?? [],
    seconds: item.responseTime ?? null,
    assistantId: item.assistantId ?? null,
    state: replyStateOf(item),
    place,
    mark: item.userMark ?? null,
    asked: item.interactiveRequest ?? null,
    usage: usageOf(item),
    model: item.llmModel ?? null,
    refused: item.errorCode === "guardrails",
  };
}

/**
 * Groups the flat history: a turn is a user message and its answer; the same index again is another variant.
 * `first` is the place of its first item where only the end of it is there.
 */
export function turnsFrom(history: readonly HistoryItem[], first = 0): Turn[] {
  const turns = new Map<number, Turn>();
  history.forEach((item, at) => {
    const place = first + at;
    const index = item.historyIndex ?? 0;
    const turn = turns.get(index) ?? { index, variants: [] };
    turns.set(index, turn);
    const open = turn.variants.at(-1);
    const version = { number: item.variant, ordinal: turn.variants.length, follows: item.parentVariant ?? null, place };
    if (item.role === "User") {
      turn.variants.push({ ...version, question: item.message, files: item.fileNames ?? [], reply: null });
    } else if (open && !open.reply) {
      Object.assign(open, { reply: replyFrom(item, place), place });
    } else {
      const { question = "", files = [] } = open ?? {};
      turn.variants.push({ ...version, question, files, reply: replyFrom(item, place) });
    }
  });
  return [...turns.values()].sort((one, other) => one.index - other.index);
}
