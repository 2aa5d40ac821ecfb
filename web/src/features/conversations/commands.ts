/** What somebody types to reach something without leaving the text: `@assistant`, and `/prompt` at its beginning. */

export type CommandKind = "mention" | "prompt";

export interface Command {
  kind: CommandKind;
  typed: string;
}

/** An `@` that begins a word, and what follows it up to the caret. */
const MENTION = /(?:^|\s)@([\p{L}\p{N}._-]{0,40})$/u;
const PROMPT = /^\/([\p{L}\p{N}._ -]{0,40})$/u;

export function commandBefore(draft: string, caret: number): Command | null {
  const before = draft.slice(0, caret);
  const mention = MENTION.exec(before)?.[1];
  if (mention !== undefined) return { kind: "mention", typed: mention };
  const prompt = PROMPT.exec(before)?.[1];
  return prompt === undefined ? null : { kind: "prompt", typed: prompt };
}

/** The draft without the command before the caret. */
export function withoutCommand(draft: string, caret: number): string {
  const before = draft.slice(0, caret).replace(/@[\p{L}\p{N}._-]*$|^\/[\p{L}\p{N}._ -]*$/u, "");
  return before + draft.slice(caret).replace(/^ /, "");
}
