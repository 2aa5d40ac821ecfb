import { useSuspenseQuery } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";

import { BackLink } from "@/components/back-link";
import { FormFoot } from "@/components/form-foot";
import { Page } from "@/components/page";
import { Section } from "@/components/section";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { RadioCards } from "@/components/ui/radio-cards";
import { Select } from "@/components/ui/select";
import { dateAfter } from "@/lib/format";

import { sessionQuery, useCreateToken } from "./queries";
import { text } from "./text";
import { CreatedToken } from "./token-created";
import { ProjectPicker } from "./token-projects";

const DAYS = [7, 30, 90, 180, 365];
const BackToTokens = () => <BackLink to="/account/tokens">{text.tokens}</BackLink>;

interface Draft {
  name: string;
  scope: "read" | "write";
  /** Null: all of them, also future ones. */
  projects: string[] | null;
  days: number;
}

function summaryOf({ scope, projects, days }: Draft): string {
  return text.summary(scope === "write" ? "read and write" : "read", projects?.join(", ") ?? "all your projects", dateAfter(days));
}

function problemsOf(draft: Draft) {
  return {
    name: draft.name.trim() ? undefined : text.nameMissing,
    projects: draft.projects?.length === 0 ? text.chosenMissing : undefined,
  };
}

export function CreateTokenPage() {
  const { data: user } = useSuspenseQuery(sessionQuery);
  const [draft, setDraft] = useState<Draft>({ name: "", scope: "read", projects: null, days: 90 });
  const [tried, setTried] = useState(false);
  const create = useCreateToken();
  const patch = (change: Partial<Draft>) => setDraft((now) => ({ ...now, ...change }));
  const problems = problemsOf(draft);
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    setTried(true);
    if (problems.name || problems.projects) return;
    const { name, scope, projects, days } = draft;
    create.mutate({ name: name.trim(), scope, projects, expires_in_days: days });
  };
  if (create.data) return <CreatedToken token={create.data} back={<BackToTokens />} />;
  return (
    <Page title={text.createTitle} back={<BackToTokens />}>
      <form noValidate onSubmit={onSubmit}>
        <Section title={text.what}>
          <Field label={text.tokenName} required hint={text.tokenNameHint} error={tried ? problems.name : undefined}>
            {(field) => <Input {...field} autoFocus maxLength={100} value={draft.name} onChange={(event) => patch({ name: event.target.value })} />}
          </Field>
          <Field label={text.lifetime}>
            {(field) => (
              <Select
                id={field.id}
                className="w-40"
                value={String(draft.days)}
                onChange={(days) => patch({ days: Number(days) })}
                options={DAYS.map((days) => ({ value: String(days), label: text.days(days) }))}
              />
            )}
          </Field>
        </Section>
        <Section title={text.access}>
          <RadioCards
            label={text.access}
            value={draft.scope}
            onChange={(scope) => patch({ scope: scope === "write" ? "write" : "read" })}
            options={[
              { value: "read", label: text.read, hint: text.readHint },
              { value: "write", label: text.write, hint: text.writeHint },
            ]}
          />
        </Section>
        <Section title={text.where} text={text.whereText}>
          <ProjectPicker own={user.projects} value={draft.projects} error={tried ? problems.projects : undefined} onChange={(projects) => patch({ projects })} />
        </Section>
        <div className="border-t border-line py-4">
          <FormFoot action={text.createToken} busy={text.creating} mutation={create} failed={text.createFailed}>
            <p className="mr-auto text-[13px] text-fg-muted">{summaryOf(draft)}</p>
          </FormFoot>
        </div>
      </form>
    </Page>
  );
}
