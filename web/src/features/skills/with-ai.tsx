import { useQuery } from "@tanstack/react-query";

import { AskButton } from "@/components/ask-button";
import { ReviewButton } from "@/components/review-button";

import { skillCategoriesQuery } from "./queries";
import type { SkillForm } from "./skill-draft";
import { changeOf, formFrom, useGenerateSkill, useReviewSkill, useWriteInstructions } from "./skill-drafting";
import { text } from "./text";

interface WithAiProps {
  form: SkillForm;
  patch: (change: Partial<SkillForm>) => void;
}

/** Has a model write the whole skill from a description of the task. */
export function DraftWithAi({ patch }: Pick<WithAiProps, "patch">) {
  const { ai } = text;
  return (
    <AskButton
      label={ai.draft}
      said={{ ...ai.asked, title: ai.draftTitle, description: ai.draftText, label: ai.draftLabel }}
      mutation={useGenerateSkill()}
      question={(wish) => wish}
      onWritten={(written) => patch(formFrom(written))}
    />
  );
}

/** Has the instructions written, or improved, by a model. */
export function WriteWithAi({ form, patch }: WithAiProps) {
  const { ai } = text;
  return (
    <AskButton
      quiet
      label={form.content.trim() ? ai.improve : ai.write}
      said={{ ...ai.asked, title: ai.title, label: ai.label }}
      mutation={useWriteInstructions()}
      question={(wish) => ({ form, wish })}
      onWritten={({ instructions }) => patch({ content: instructions })}
    />
  );
}

/** Has a model read the form and say what it would change. */
export function ReviewWithAi({ form, patch }: WithAiProps) {
  const { data: categories = [] } = useQuery(skillCategoriesQuery);
  const known = categories.map(({ value }) => value);
  return (
    <ReviewButton
      mutation={useReviewSkill()}
      question={(wish) => ({ form, wish })}
      fields={text.ai.fields}
      onApply={(taken) => patch(Object.assign({}, ...taken.map((advice) => changeOf(advice, known))) as Partial<SkillForm>)}
    />
  );
}
