import { linesOf, wordsOf, type Advice } from "@/components/advice-list";
import { ReviewButton } from "@/components/review-button";

import type { FormState } from "../draft";
import { useReviewAssistant } from "../drafting";
import { text } from "../form-text";

const LISTS = new Set(["conversation_starters", "categories"]);

/** What an applied advice makes of its field. */
export const changeOf = (advice: Advice): Partial<FormState> => ({ [advice.name]: LISTS.has(advice.name) ? linesOf(advice) : wordsOf(advice) });

/** Has a model read the form and say what it would change. */
export function ReviewWithAi({ form, onApply }: { form: FormState; onApply: (change: Partial<FormState>) => void }) {
  return (
    <ReviewButton
      mutation={useReviewAssistant()}
      question={(wish) => ({ form, wish })}
      fields={text.ai.fields}
      onApply={(taken) => onApply(Object.assign({}, ...taken.map(changeOf)) as Partial<FormState>)}
    />
  );
}
