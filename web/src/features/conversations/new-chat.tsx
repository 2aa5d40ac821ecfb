import { useQuery, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";

import { useState } from "react";

import { readSetting, writeSetting } from "@/app/store";
import { Delayed } from "@/components/delayed";
import { ErrorNote } from "@/components/error-note";
import { AssistantAvatar } from "@/features/assistants/avatar";
import { assistantQuery, assistantsQuery } from "@/features/assistants/queries";
import { sessionQuery } from "@/features/identity/queries";
import { randomId } from "@/lib/ids";

import { AS_ASSISTANT, keepAbilities, NO_ABILITIES } from "./abilities";
import { AbilitySwitches } from "./ability-switches";
import { AssistantPicker } from "./assistant-picker";
import { ChatHeader } from "./chat-header";
import { Composer } from "./composer";
import { FirstSteps } from "./first-steps";
import { leaveOut, NOTHING } from "./left-out";
import { ModelPicker } from "./model-menu";
import type { Question } from "./run-state";
import { startRun } from "./runs";
import { text } from "./text";
import { ToolSwitches } from "./tool-switches";
import { useMissingVariables } from "./variable-queries";
import { VariablesForm } from "./variables-form";

const LAST = "last-assistant";

function Starters({ starters, onChoose }: { starters: string[]; onChoose: (text: string) => void }) {
  return (
    <ul className="grid gap-2 sm:grid-cols-2">
      {starters.map((starter) => (
        <li key={starter}>
          <button
            type="button"
            onClick={() => onChoose(starter)}
            className="h-full w-full rounded-lg border border-line px-3.5 py-2.5 text-left text-[13px] text-fg-muted hover:border-line-strong hover:bg-subtle hover:text-fg"
          >
            {starter}
          </button>
        </li>
      ))}
    </ul>
  );
}

interface StartProps {
  assistantId: string;
  choices: readonly { id: string; name: string }[];
  /** A question that was chosen elsewhere. */
  question: string | undefined;
}

/** What the next chat with this assistant starts with. */
function useChoices(assistantId: string) {
  const untouched = { assistantId, model: null as string | null, leftOut: NOTHING, abilities: NO_ABILITIES, pictures: AS_ASSISTANT };
  const [choices, setChoices] = useState(untouched);
  const now = choices.assistantId === assistantId ? choices : untouched;
  return [now, (change: Partial<typeof untouched>) => setChoices({ ...now, ...change })] as const;
}

function Start({ assistantId, choices, question }: StartProps) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const query = useQuery(assistantQuery(assistantId));
  const assistant = query.data;
  const missing = useMissingVariables(assistant);
  const [skipped, setSkipped] = useState("");
  const asked = missing.length > 0 && skipped !== assistantId;
  const { data: user } = useSuspenseQuery(sessionQuery);
  const [{ model, leftOut, abilities, pictures }, choose] = useChoices(assistantId);
  if (query.isError) {
    return (
      <div className="mx-auto w-full max-w-xl p-6">
        <ErrorNote title={text.openFailed} error={query.error} onRetry={() => void query.refetch()} />
      </div>
    );
  }
  if (!assistant) {
    return (
      <Delayed label={text.title}>
        <div className="skeleton mx-auto mt-40 h-32 max-w-2xl" />
      </Delayed>
    );
  }
  const send = (question: Question) => {
    const conversationId = randomId();
    writeSetting(LAST, assistantId);
    leaveOut(conversationId, leftOut);
    keepAbilities(conversationId, abilities);
    void startRun(client, { conversationId, assistantId, question, model, pictures });
    void navigate({ to: "/chat/$conversationId", params: { conversationId } });
  };
  const starters = assistant.conversation_starters;
  return (
    <div className="mx-auto flex w-full max-w-2xl flex-1 flex-col justify-center gap-5 overflow-y-auto px-4 py-8 sm:px-6">
      <div className="grid justify-items-center gap-2 text-center">
        <AssistantAvatar name={assistant.name} className="size-11 text-lg" />
        <h2 className="text-xl font-semibold tracking-tight">{assistant.name}</h2>
        <p className="max-w-md text-sm text-fg-muted">{[assistant.description, text.greeting].find(Boolean)}</p>
      </div>
      {asked && <VariablesForm assistant={assistant} missing={missing} onSkip={() => setSkipped(assistantId)} />}
      <Composer
        key={question}
        initial={question}
        placeholder={asked ? text.variablesFirst : text.placeholder(assistant.name)}
        running={false}
        disabled={asked}
        onSend={send}
        onStop={() => undefined}
        onMention={({ id }) => void navigate({ to: "/chat", search: { assistant: id } })}
        starters={assistant.conversation_starters}
        place={`new ${user.user_id}`}
      >
        <AssistantPicker
          current={assistant}
          choices={choices}
          onChoose={(id) => void navigate({ to: "/chat", search: { assistant: id } })}
        />
        <ModelPicker assistant={assistant} chosen={model} onChoose={(chosen) => choose({ model: chosen })} />
        <ToolSwitches assistant={assistant} leftOut={leftOut} onChange={(next) => choose({ leftOut: next })} />
        <AbilitySwitches
          assistant={assistant}
          abilities={abilities}
          onAbilities={(next) => choose({ abilities: next })}
          pictures={pictures}
          onPictures={(next) => choose({ pictures: next })}
        />
      </Composer>
      {!asked && starters.length > 0 && <Starters starters={starters} onChoose={(words) => send({ text: words, files: [] })} />}
    </div>
  );
}

export function NewChat() {
  const { assistant: wanted, question } = useSearch({ from: "/app/chat" });
  const query = useQuery(assistantsQuery({ scope: "visible_to_user", page: 0, perPage: 50 }));
  const choices = query.data?.data ?? [];
  const last = readSetting(LAST);
  const chosen = wanted ?? choices.find(({ id }) => id === last)?.id ?? choices[0]?.id;
  return (
    <>
      <title>{`${text.newChat} · CodeMie`}</title>
      <ChatHeader title={text.newChat} />
      {query.isError && (
        <div className="mx-auto w-full max-w-xl p-6">
          <ErrorNote title="The assistants could not be loaded" error={query.error} onRetry={() => void query.refetch()} />
        </div>
      )}
      {chosen ? <Start assistantId={chosen} choices={choices} question={question} /> : query.isSuccess && <FirstSteps />}
    </>
  );
}
