import type { UseMutationResult } from "@tanstack/react-query";
import { Sparkles } from "lucide-react";
import { useState } from "react";

import { AdviceList, type Advice, type Review } from "@/components/advice-list";
import { AskDialog } from "@/components/ask-dialog";
import { Button } from "@/components/ui/button";

const said = {
  title: "Review with AI",
  description: "A model reads the form as it is and says what it would change. Nothing changes until you apply it.",
  label: "What to look at (optional)",
  action: "Review",
  busy: "Reading…",
  failed: "No review was written",
};

interface ReviewButtonProps<Question> {
  mutation: UseMutationResult<Review, Error, Question>;
  /** What a wish asks. */
  question: (wish: string) => Question;
  /** Names of the fields that can be changed. */
  fields: Readonly<Record<string, string>>;
  onApply: (taken: Advice[]) => void;
}

/** Has a model read a form and say what it would change; the person takes what convinces. */
export function ReviewButton<Question>({ mutation, question, fields, onApply }: ReviewButtonProps<Question>) {
  const [open, setOpen] = useState(false);
  const close = () => {
    setOpen(false);
    mutation.reset();
  };
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <Sparkles /> {said.title}
      </Button>
      <AskDialog open={open} onOpenChange={close} {...said} optional mutation={mutation} onAsk={(wish) => mutation.mutate(question(wish))}>
        {mutation.data && (
          <AdviceList
            review={mutation.data}
            fields={fields}
            onApply={(taken) => {
              onApply(taken);
              close();
            }}
          />
        )}
      </AskDialog>
    </>
  );
}
