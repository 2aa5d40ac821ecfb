import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Check, ChevronRight } from "lucide-react";

import { sourcesQuery } from "@/features/knowledge/queries";
import { cn } from "@/lib/cn";

import { text } from "./text";

interface StepProps {
  number: number;
  title: string;
  about: string;
  done: boolean;
}

function StepBody({ number, title, about, done }: StepProps) {
  return (
    <>
      <span
        className={cn(
          "grid size-7 shrink-0 place-items-center rounded-full border text-xs font-semibold",
          done ? "border-good bg-good-soft text-good" : "border-line-strong text-fg-muted",
        )}
      >
        {done ? <Check className="size-4" aria-label="Done" /> : number}
      </span>
      <span className="grid min-w-0 flex-1">
        <span className="text-sm font-medium">{title}</span>
        <span className="text-[13px] text-fg-muted">{about}</span>
      </span>
    </>
  );
}

const row = "flex items-center gap-3 px-4 py-3 text-left";

/** What to do on an empty installation, shown until the first assistant exists. */
export function FirstSteps() {
  const { data } = useQuery(sourcesQuery({ page: 0 }));
  const hasKnowledge = (data?.pagination.total ?? 0) > 0;
  return (
    <div className="mx-auto grid w-full max-w-xl content-center gap-5 px-4 py-10">
      <h2 className="text-center text-xl font-semibold tracking-tight">{text.stepsTitle}</h2>
      <ol className="divide-y divide-line rounded-lg border border-line bg-raised">
        <li>
          <Link to="/knowledge/new" search={{ type: "git" }} className={cn(row, "rounded-t-lg hover:bg-subtle")}>
            <StepBody number={1} title={text.stepKnowledge} about={text.stepKnowledgeText} done={hasKnowledge} />
            <ChevronRight className="size-4 text-fg-muted" aria-hidden />
          </Link>
        </li>
        <li>
          <Link to="/assistants/new" className={cn(row, "hover:bg-subtle")}>
            <StepBody number={2} title={text.stepAssistant} about={text.stepAssistantText} done={false} />
            <ChevronRight className="size-4 text-fg-muted" aria-hidden />
          </Link>
        </li>
        <li className={row}>
          <StepBody number={3} title={text.stepAsk} about={text.stepAskText} done={false} />
        </li>
      </ol>
    </div>
  );
}
