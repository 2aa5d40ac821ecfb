import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Lock, Plus, X } from "lucide-react";
import { useState } from "react";

import { Delayed } from "@/components/delayed";
import { ErrorNote } from "@/components/error-note";
import { PickDialog } from "@/components/pick-dialog";
import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";

import { isFixed, toggled, type Guard } from "./guards";
import { JudgeFields, KnowledgeJudgeField } from "./judge-fields";
import { useKeptProjects } from "./projects";
import { guardrailsQuery } from "./queries";
import { text } from "./text";

interface GuardPickerProps {
  /** What they stand guard over. */
  of: "assistant" | "source";
  project: string;
  value: readonly Guard[];
  onChange: (value: Guard[]) => void;
}

const nameOf = (guard: Guard) => guard.guardrail_name ?? guard.guardrail_id;

function FixedRow({ guard }: { guard: Guard }) {
  return (
    <li className="flex items-center gap-2.5 border-t border-line px-3 py-2 first:border-t-0">
      <Lock className="size-4 shrink-0 text-fg-muted" aria-hidden />
      <div className="grid min-w-0">
        <span className="truncate text-[13px] font-medium">{nameOf(guard)}</span>
        <span className="text-xs text-fg-muted">{text.guardFixed(text.sources[guard.source], text.modes[guard.mode])}</span>
      </div>
    </li>
  );
}

interface GuardRowProps {
  of: GuardPickerProps["of"];
  guard: Guard;
  onChange: (change: Partial<Guard>) => void;
  onRemove: () => void;
}

function GuardRow({ of, guard, onChange, onRemove }: GuardRowProps) {
  const judges = { name: nameOf(guard), source: guard.source, onChange };
  return (
    <li className="grid gap-1.5 border-t border-line py-2 pr-1.5 pl-3 first:border-t-0">
      <div className="flex items-center gap-2">
        <span className="min-w-0 flex-1 truncate text-[13px] font-medium">{nameOf(guard)}</span>
        <IconButton label={text.remove(nameOf(guard))} onClick={onRemove}>
          <X />
        </IconButton>
      </div>
      <div className="grid gap-2 pr-1.5 sm:grid-cols-2">
        {of === "source" ? <KnowledgeJudgeField {...judges} /> : <JudgeFields {...judges} mode={guard.mode} />}
      </div>
    </li>
  );
}

function Pick({ project, value, onChange, onClose }: GuardPickerProps & { onClose: () => void }) {
  const [search, setSearch] = useState("");
  const { data } = useQuery(guardrailsQuery({ project, search }));
  return (
    <PickDialog
      open
      onOpenChange={onClose}
      title={text.guardTitle}
      label={text.guardSearch}
      empty={text.noneFound}
      items={data?.data.map(({ guardrailId, name, description }) => ({ value: guardrailId, label: name, note: description }))}
      chosen={new Set(value.filter((guard) => !isFixed(guard)).map((guard) => guard.guardrail_id))}
      onSearch={setSearch}
      onToggle={(item) => onChange(toggled(value, item.value, item.label))}
    />
  );
}

function NoneYet({ project }: { project: string }) {
  const { projects } = useKeptProjects();
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 rounded-lg border border-dashed border-line-strong/60 px-4 py-4 text-[13px] text-fg-muted">
      {text.guardNone}
      {projects.includes(project) && (
        <Button asChild size="sm">
          <Link to="/administration/guardrails/new" search={{ project }}>
            <Plus /> {text.create}
          </Link>
        </Button>
      )}
    </div>
  );
}

/** Chooses which guardrails of the project stand guard over one thing; those that stand there anyway are told. */
export function GuardPicker(props: GuardPickerProps) {
  const { of, project, value, onChange } = props;
  const [picking, setPicking] = useState(false);
  const query = useQuery(guardrailsQuery({ project }));
  if (query.isPending || query.isPlaceholderData) {
    return (
      <Delayed label={text.loading}>
        <div className="skeleton h-14" />
      </Delayed>
    );
  }
  if (query.isError) return <ErrorNote title={text.loadFailed} error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data.data.length === 0 && value.length === 0) return <NoneYet project={project} />;
  const change = (guard: Guard, part: Partial<Guard>) => onChange(value.map((other) => (other === guard ? { ...other, ...part } : other)));
  return (
    <div className="grid justify-items-start gap-2">
      {value.length > 0 && (
        <ul aria-label={text.title} className="w-full rounded-lg border border-line">
          {value.map((guard, place) =>
            isFixed(guard) ? (
              <FixedRow key={place} guard={guard} />
            ) : (
              <GuardRow
                key={place}
                of={of}
                guard={guard}
                onChange={(part) => change(guard, part)}
                onRemove={() => onChange(value.filter((other) => other !== guard))}
              />
            ),
          )}
        </ul>
      )}
      <Button size="sm" onClick={() => setPicking(true)}>
        <Plus /> {text.guardAdd}
      </Button>
      {picking && <Pick {...props} onClose={() => setPicking(false)} />}
    </div>
  );
}
