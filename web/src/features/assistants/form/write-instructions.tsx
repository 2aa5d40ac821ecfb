import { Sparkles } from "lucide-react";
import { useState } from "react";

import { AskDialog } from "@/components/ask-dialog";
import { Button } from "@/components/ui/button";

import { useGeneratePrompt } from "../drafting";
import { text } from "../form-text";

/** Has the instructions written, or improved, by a model. */
export function WriteInstructions({ value, onWritten }: { value: string; onWritten: (instructions: string) => void }) {
  const [open, setOpen] = useState(false);
  const write = useGeneratePrompt();
  const ask = (wish: string) =>
    write.mutate(value.trim() ? { text: wish, system_prompt: value } : { text: wish }, {
      onSuccess: (draft) => {
        onWritten(draft.system_prompt);
        setOpen(false);
      },
    });
  return (
    <>
      <Button size="sm" look="ghost" onClick={() => setOpen(true)}>
        <Sparkles /> {value.trim() ? text.ai.improve : text.ai.write}
      </Button>
      <AskDialog
        open={open}
        onOpenChange={setOpen}
        title={text.ai.promptTitle}
        label={text.ai.promptLabel}
        action={text.ai.promptAction}
        busy={text.ai.drafting}
        failed={text.ai.draftFailed}
        mutation={write}
        onAsk={ask}
      />
    </>
  );
}
