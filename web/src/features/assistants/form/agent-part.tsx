import { useId, useState } from "react";

import { Disclosure } from "@/components/disclosure";
import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { IntegrationChoice } from "@/features/integrations/integration-choice";

import { readCard, type AgentCard } from "../agent-card";
import { CardFacts } from "../card-facts";
import { text } from "../form-text";
import { useFetchCard } from "../queries";
import type { PartProps } from "./part";

const TYPES = ["A2A"];

function PastedCard({ onCard }: { onCard: (card: AgentCard) => void }) {
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState<string>();
  const use = () => {
    const read = readCard(typed);
    if ("card" in read) onCard(read.card);
    setProblem("card" in read ? undefined : text.agent.noCard(read.lacks));
  };
  return (
    <Disclosure label={text.agent.paste}>
      <Field label={text.agent.pasted} hint={text.agent.pastedHint} error={problem}>
        {(field) => (
          <Textarea
            {...field}
            rows={6}
            spellCheck={false}
            className="font-mono text-xs"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        )}
      </Field>
      <Button className="justify-self-start" disabled={!typed.trim()} onClick={use}>
        {text.agent.use}
      </Button>
    </Disclosure>
  );
}

/** Which agent on another server answers, and with which credential it is asked. */
export function AgentPart({ form, patch, problems }: PartProps) {
  const id = useId();
  const card = form.agent_card;
  const [address, setAddress] = useState(card?.url ?? "");
  const [integration, setIntegration] = useState(card?.integration_id ?? null);
  const fetchCard = useFetchCard();
  const take = (found: AgentCard) =>
    patch({ agent_card: found, name: form.name.trim() ? form.name : found.name, description: found.description ?? form.description });
  const read = () => fetchCard.mutate({ url: address.trim(), project_name: form.project, integration_id: integration }, { onSuccess: take });
  const signIn = (integration_id: string | null) => {
    setIntegration(integration_id);
    if (card) patch({ agent_card: { ...card, integration_id } });
  };
  return (
    <>
      <div className="grid gap-1.5">
        <label htmlFor={id} className="text-[13px] font-medium">
          {text.agent.address}
        </label>
        <div className="flex flex-wrap gap-2">
          <Input
            id={id}
            type="url"
            className="min-w-0 flex-1 basis-64"
            placeholder="https://agents.example.com"
            aria-describedby={`${id}-note`}
            aria-invalid={problems.agent_card ? true : undefined}
            maxLength={2000}
            value={address}
            onChange={(event) => setAddress(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== "Enter") return;
              // The card is read, not the form sent.
              event.preventDefault();
              if (address.trim()) read();
            }}
          />
          <Button disabled={!address.trim() || fetchCard.isPending} onClick={read}>
            {fetchCard.isPending ? text.agent.reading : text.agent.read}
          </Button>
        </div>
        <p id={`${id}-note`} className={problems.agent_card ? "text-xs text-bad" : "text-xs text-fg-muted"}>
          {problems.agent_card ?? text.agent.addressHint}
        </p>
      </div>
      <IntegrationChoice
        types={TYPES}
        hint={text.agent.integrationHint}
        none={text.agent.anonymous}
        project={form.project}
        own
        value={integration}
        onChange={signIn}
      />
      {fetchCard.isError && <ErrorNote title={text.agent.failed} error={fetchCard.error} onRetry={read} />}
      <div role="status">{card && <CardFacts card={card} />}</div>
      <PastedCard onCard={(pasted) => take({ ...pasted, integration_id: integration })} />
    </>
  );
}
