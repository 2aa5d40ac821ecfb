import type { UseMutationResult } from "@tanstack/react-query";
import { Sparkles } from "lucide-react";
import { useState } from "react";

import { AskDialog } from "@/components/ask-dialog";
import { Button } from "@/components/ui/button";

interface AskButtonProps<Written, Question> {
  label: string;
  /** What the dialog says. */
  said: { title: string; description?: string; label: string; action: string; busy: string; failed: string };
  mutation: UseMutationResult<Written, Error, Question>;
  /** What a wish asks. */
  question: (wish: string) => Question;
  onWritten: (written: Written) => void;
  /** A small one, inside a form. */
  quiet?: boolean;
}

/** Opens a dialog that has a model write something, and hands on what it wrote. */
export function AskButton<Written, Question>({ label, said, mutation, question, onWritten, quiet = false }: AskButtonProps<Written, Question>) {
  const [open, setOpen] = useState(false);
  const ask = (wish: string) =>
    mutation.mutate(question(wish), {
      onSuccess: (written) => {
        onWritten(written);
        setOpen(false);
      },
    });
  return (
    <>
      <Button size={quiet ? "sm" : "md"} look={quiet ? "ghost" : "outline"} className={quiet ? "justify-self-start" : ""} onClick={() => setOpen(true)}>
        <Sparkles /> {label}
      </Button>
      <AskDialog open={open} onOpenChange={setOpen} {...said} mutation={mutation} onAsk={ask} />
    </>
  );
}
