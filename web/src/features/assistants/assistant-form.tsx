import { useRef, useState, type ReactNode } from "react";

import { ErrorNote } from "@/components/error-note";
import { LeaveGuard } from "@/components/leave-guard";
import { SwitchField } from "@/components/switch-field";
import { Button } from "@/components/ui/button";

import { draftFrom, problemsOf, refusalsOf, type FormState, type Problems } from "./draft";
import { AgentPart } from "./form/agent-part";
import { BehaviourPart } from "./form/behaviour-part";
import { GuardsPart } from "./form/guards-part";
import { IdentityPart } from "./form/identity-part";
import { Outline, type OutlineItem } from "./form/outline";
import type { PartProps } from "./form/part";
import { ReviewWithAi } from "./form/review-with-ai";
import { SkillsPart } from "./form/skills-part";
import { TeamPart } from "./form/team-part";
import { ToolsPart } from "./form/tools-part";
import { VariablesPart } from "./form/variables-part";
import { text } from "./form-text";
import { FormSection } from "./form/form-section";
import { KnowledgePicker } from "./knowledge-picker";
import { useSaveAssistant } from "./queries";
import { StartersEditor } from "./starters-editor";

interface Part {
  id: string;
  title: string;
  text: string;
  fields: readonly (keyof FormState)[];
  count?: (form: FormState) => number;
  /** Set where it is about assistants of this platform, or about agents on other servers, alone. */
  where?: "here" | "elsewhere";
  show: (props: PartProps & { id: string | null }) => ReactNode;
}

const PARTS: readonly Part[] = [
  {
    id: "identity",
    title: text.identity,
    text: text.identityText,
    fields: ["name", "description", "project", "slug", "categories", "icon_url"],
    show: (props) => <IdentityPart {...props} />,
  },
  {
    id: "agent",
    title: text.agent.title,
    text: text.agent.text,
    fields: ["agent_card"],
    where: "elsewhere",
    show: (props) => <AgentPart {...props} />,
  },
  {
    id: "behaviour",
    where: "here",
    title: text.behaviour,
    text: text.behaviourText,
    fields: [
      ...(["system_prompt", "llm_model_type", "temperature", "top_p", "agent_mode", "plan_prompt"] as const),
      ...(["enable_image_generation", "image_generation_model"] as const),
    ],
    show: (props) => <BehaviourPart {...props} />,
  },
  {
    id: "variables",
    where: "here",
    title: text.variables,
    text: text.variablesText,
    fields: ["prompt_variables"],
    count: (form) => form.prompt_variables.length,
    show: (props) => <VariablesPart {...props} />,
  },
  {
    id: "knowledge",
    where: "here",
    title: text.knowledge,
    text: text.knowledgeText,
    fields: ["context"],
    count: (form) => form.context.length,
    show: ({ form, patch }) => <KnowledgePicker project={form.project} value={form.context} onChange={(context) => patch({ context })} />,
  },
  {
    id: "tools",
    where: "here",
    title: text.tools,
    text: text.toolsText,
    fields: ["toolkits", "mcp_servers", "policy", "tools_tokens_size_limit", "smart_tool_selection_enabled", "interactive"],
    count: (form) => form.mcp_servers.length + form.toolkits.length,
    show: (props) => <ToolsPart {...props} />,
  },
  {
    id: "skills",
    where: "here",
    title: text.skills,
    text: text.skillsText,
    fields: ["skills"],
    count: (form) => form.skills.length,
    show: (props) => <SkillsPart {...props} />,
  },
  {
    id: "team",
    where: "here",
    title: text.team,
    text: text.teamText,
    fields: ["subAssistants", "enabled_builtin_subagents"],
    count: (form) => form.subAssistants.length + form.enabled_builtin_subagents.length,
    show: (props) => <TeamPart {...props} />,
  },
  {
    id: "starters",
    title: text.starters,
    text: text.startersText,
    fields: ["conversation_starters"],
    count: (form) => form.conversation_starters.length,
    show: ({ form, patch }) => (
      <StartersEditor value={form.conversation_starters} onChange={(conversation_starters) => patch({ conversation_starters })} />
    ),
  },
  {
    id: "access",
    title: text.access,
    text: text.accessText,
    fields: ["shared"],
    show: ({ form, patch }) => (
      <SwitchField label={text.share} hint={text.shareHint} checked={form.shared} onChange={(shared) => patch({ shared })} />
    ),
  },
  {
    id: "guardrails",
    title: text.guards,
    text: text.guardsText,
    fields: ["guards"],
    count: (form) => form.guards.length,
    show: (props) => <GuardsPart {...props} />,
  },
];

const partsOf = ({ remote }: FormState) => PARTS.filter(({ where }) => !where || where === (remote ? "elsewhere" : "here"));

const outlineOf = (form: FormState, problems: Problems): OutlineItem[] =>
  partsOf(form).map(({ id, title, fields, count }) => ({ id, label: title, count: count?.(form), wrong: fields.some((field) => problems[field]) }));

/** Brings the first part with a problem into view. */
function showFirst(problems: Problems): void {
  const part = PARTS.find(({ fields }) => fields.some((field) => problems[field]));
  document.getElementById(part?.id ?? "")?.scrollIntoView({ block: "start" });
}

interface AssistantFormProps {
  id: string | null;
  initial: FormState;
  readOnly: boolean;
  /** The assistant this one is a copy of. */
  sourceId?: string | undefined;
  onSaved: (id: string) => void;
}

export function AssistantForm({ id, initial, readOnly, sourceId, onSaved }: AssistantFormProps) {
  const [form, setForm] = useState(initial);
  const [kept, setKept] = useState(initial);
  const [tried, setTried] = useState(false);
  const leaving = useRef(false);
  const save = useSaveAssistant(id, sourceId);
  const found = problemsOf(form);
  const problems = { ...(tried ? found : {}), ...refusalsOf(save.error) };
  const dirty = JSON.stringify(form) !== JSON.stringify(kept);
  const patch = (change: Partial<FormState>) => {
    save.reset();
    setForm((now) => ({ ...now, ...change }));
  };
  const submit = () => {
    setTried(true);
    if (Object.keys(found).length > 0) {
      showFirst(found);
      return;
    }
    save.mutate(draftFrom(form), {
      onSuccess: (savedId) => {
        setKept(form);
        leaving.current = true;
        onSaved(savedId);
        leaving.current = false;
      },
      onError: (error) => showFirst(refusalsOf(error)),
    });
  };
  return (
    <div className="grid gap-8 lg:grid-cols-[170px_minmax(0,1fr)]">
      <Outline label={text.outline} items={outlineOf(form, problems)} />
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <fieldset disabled={readOnly} className="contents">
          {partsOf(form).map((part) => (
            <FormSection key={part.id} id={part.id} title={part.title} text={part.text}>
              {part.show({ form, patch, problems, id })}
            </FormSection>
          ))}
        </fieldset>
        {!readOnly && (
          <div className="sticky bottom-0 z-20 -mx-4 grid gap-3 border-t border-line bg-bg px-4 py-3 sm:-mx-8 sm:px-8 lg:mx-0 lg:px-0">
            {save.isError && <ErrorNote title={text.saveFailed} error={save.error} onRetry={submit} />}
            <div className="flex flex-wrap items-center justify-end gap-3">
              <span role="status" className={dirty ? "text-[13px] text-fg-muted" : "text-[13px] text-good"}>
                {dirty && id ? text.unsaved : save.isSuccess ? text.saved : ""}
              </span>
              {!form.remote && <ReviewWithAi form={form} onApply={patch} />}
              <Button type="submit" look="primary" disabled={save.isPending}>
                {save.isPending ? text.saving : id ? text.save : text.createAction}
              </Button>
            </div>
          </div>
        )}
      </form>
      {!readOnly && <LeaveGuard dirty={() => dirty && !leaving.current} />}
    </div>
  );
}
