import { useMutation } from "@tanstack/react-query";
import { useState, type SubmitEvent } from "react";

import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";

import { Markdown } from "./markdown";
import { answerTo, buttonsOf, fieldsOf, sends, type Answer, type Asked, type ButtonElement, type Element, type FieldElement } from "./surface";
import { text } from "./text";

interface QuestionFormProps {
  asked: Asked;
  /** Fails where the answer is refused. */
  onAnswer: (answer: Answer, said: string) => Promise<void>;
}

type Choice = Extract<FieldElement, { type: "multiple_choice" }>;

function Choices({ field }: { field: Choice }) {
  const [chosen, setChosen] = useState<string[]>([]);
  const most = field.max_allowed_selections ?? 1;
  const toggle = (value: string, on: boolean) => setChosen(on ? [...chosen, value] : chosen.filter((one) => one !== value));
  return (
    <fieldset className="grid gap-1">
      <legend className="mb-1 text-xs text-fg-muted">{text.chooseUpTo(most)}</legend>
      {field.options.map(({ value, label }) => (
        <label key={value} className="flex min-h-6 items-center gap-2 text-sm">
          <input
            type={most === 1 ? "radio" : "checkbox"}
            name={field.id}
            value={value}
            required={chosen.length === 0}
            disabled={most > 1 && chosen.length >= most && !chosen.includes(value)}
            onChange={({ target }) => (most === 1 ? setChosen([value]) : toggle(value, target.checked))}
            className="size-4 accent-accent"
          />
          {label}
        </label>
      ))}
    </fieldset>
  );
}

function Asking({ field }: { field: FieldElement }) {
  if (field.type === "multiple_choice") return <Choices field={field} />;
  if (field.type === "checkbox") {
    return (
      <label className="flex min-h-6 items-center gap-2 text-sm">
        <input type="checkbox" name={field.id} required={field.validation?.required} className="size-4 accent-accent" />
        {field.label}
      </label>
    );
  }
  const required = field.type === "text_field" ? (field.validation?.required ?? false) : (field.required ?? false);
  return (
    <Field label={field.label} required={required}>
      {(attributes) => {
        const shared = { ...attributes, name: field.id, required };
        if (field.type === "date_picker") return <Input type="date" min={field.min} max={field.max} {...shared} />;
        if (field.type === "text_field") {
          return <Input type={field.validation?.email ? "email" : "text"} pattern={field.validation?.regex} {...shared} />;
        }
        return (
          <select {...shared} defaultValue="" className="h-8 w-full rounded-md border border-line-strong/60 bg-bg px-2 text-sm">
            <option value="">{field.placeholder ?? ""}</option>
            {field.options.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        );
      }}
    </Field>
  );
}

const citeNothing = () => null;
const LOOKS = { primary: "primary", secondary: "outline", danger: "danger" } as const;

function Elements({ elements, surface }: { elements: readonly Element[]; surface: readonly Element[] }) {
  return elements.map((element, at) => {
    switch (element.type) {
      case "text":
        return <Markdown key={at} source={element.content} streaming={false} cite={citeNothing} />;
      case "column":
      case "row":
        return (
          <div key={at} className={element.type === "row" ? "flex flex-wrap items-end gap-3" : "grid gap-3"}>
            <Elements elements={element.children} surface={surface} />
          </div>
        );
      case "button":
        return (
          <Button key={at} type="submit" value={element.id} look={LOOKS[element.style ?? "primary"]} formNoValidate={!sends(element, surface)} className="justify-self-start">
            {element.label}
          </Button>
        );
      default:
        return <Asking key={at} field={element} />;
    }
  });
}

/** What the assistant asks before it goes on, and the means to answer. */
export function QuestionForm({ asked, onAnswer }: QuestionFormProps) {
  const { surface } = asked;
  const sending = useMutation({ mutationFn: ({ answer, said }: ReturnType<typeof answerTo>) => onAnswer(answer, said) });
  const buttons = buttonsOf(surface);
  const needsSend = fieldsOf(surface).length > 0 && !buttons.some((button) => sends(button, surface));
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const pressed = event.nativeEvent.submitter?.getAttribute("value");
    // Enter presses the first button of the page; where that is none of the question's, the fields are sent.
    const button: ButtonElement | undefined = buttons.find(({ id }) => id === pressed);
    if (!sending.isPending) sending.mutate(answerTo(asked, new FormData(event.currentTarget), button));
  };
  return (
    <form aria-label={text.questionTitle} aria-busy={sending.isPending} onSubmit={submit} className="mt-2 grid max-w-xl gap-3 rounded-lg border border-line bg-raised px-3.5 py-3">
      <Elements elements={surface} surface={surface} />
      {needsSend && (
        <Button type="submit" look="primary" className="justify-self-start">
          {text.sendAnswer}
        </Button>
      )}
      {sending.isError && <ErrorNote title={text.answerRefused} error={sending.error} />}
    </form>
  );
}
