import { send } from "@/api/client";

import { abilitiesOf, wishes, type Pictures } from "./abilities";
import { isNothing, leftOutOf } from "./left-out";
import type { Question } from "./run-state";
import type { Answer } from "./surface";
import type { Thought } from "./wire";

export type Decision = "allow" | "deny";

/** How a reply comes about. */
export interface Start {
  conversationId: string;
  assistantId: string;
  question: Question;
  /** Answers instead of the conversation's model. */
  model?: string | null | undefined;
  /** Decides instead of the conversation whether pictures are made. */
  pictures?: Pictures | undefined;
  /** Answers this turn again instead of adding one. */
  historyIndex?: number | undefined;
  /** The version of the turn before that turn which it follows. */
  parentVariant?: number | null | undefined;
  /** Lets the reply of this turn, which waits, go on. */
  decision?: Decision | undefined;
  /** The answer to what the assistant asked; the question says it in words. */
  answer?: Answer | undefined;
  /** What the reply had done before it waited. */
  earlier?: Thought[] | undefined;
}

export function turnPath(id: string, index: number): string {
  return `/conversations/${encodeURIComponent(id)}/history/${index}`;
}

function requestOf({ conversationId, assistantId, question, model, pictures, historyIndex, parentVariant, decision, answer }: Start): [path: string, body: object] {
  const path = `/assistants/${encodeURIComponent(assistantId)}/model`;
  const streamed = { conversation_id: conversationId, stream: true, stop_on_disconnect: false };
  if (decision) return [`${path}/tool-call/resume`, { ...streamed, action: decision }];
  const leftOut = leftOutOf(conversationId);
  return [
    path,
    {
      ...streamed,
      text: question.text,
      file_names: question.files,
      ...(question.skills ? { skill_ids: question.skills.map(({ id }) => id) } : {}),
      ...(model ? { llm_model: model } : {}),
      ...wishes(abilitiesOf(conversationId), pictures),
      ...(isNothing(leftOut) ? {} : { leave_out: leftOut }),
      ...(answer ? { interactive_response: answer } : {}),
      ...(historyIndex === undefined ? {} : { history_index: historyIndex }),
      ...(historyIndex && typeof parentVariant === "number" ? { parent_variant: parentVariant } : {}),
    },
  ];
}

/** Opens the stream of the reply. */
export function ask(start: Start, signal: AbortSignal): Promise<Response> {
  const [path, json] = requestOf(start);
  return send(path, { method: "POST", signal, json });
}
