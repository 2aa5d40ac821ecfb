import { AskButton } from "@/components/ask-button";

import { useGeneratePrompt } from "../drafting";
import { text } from "../form-text";

/** Has the instructions written, or improved, by a model. */
export function WriteInstructions({ value, onWritten }: { value: string; onWritten: (instructions: string) => void }) {
  const { ai } = text;
  const isThere = value.trim() !== "";
  return (
    <AskButton
      quiet
      label={isThere ? ai.improve : ai.write}
      said={{ title: ai.promptTitle, label: ai.promptLabel, action: ai.promptAction, busy: ai.drafting, failed: ai.draftFailed }}
      mutation={useGeneratePrompt()}
      question={(wish) => (isThere ? { text: wish, system_prompt: value } : { text: wish })}
      onWritten={(draft) => onWritten(draft.system_prompt)}
    />
  );
}
