import { Section } from "@/components/section";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { IntegrationChoice } from "@/features/integrations/integration-choice";

import { text } from "./text";

/** Types of integrations that open repositories, the usual one first. */
export const REPOSITORY_TYPES: readonly string[] = ["Git", "AzureDevOps"];

export interface GitSettings {
  link: string;
  branch: string;
  include: string;
  exclude: string;
  setting_id: string | null;
}

const BRANCH = /^[a-zA-Z0-9][\w./-]*$/;

const lines = (value: string): string[] => value.split("\n").map((line) => line.trim()).filter(Boolean);

/** The wire has one list: plain patterns include, `!pattern` excludes. */
export function filesFilter({ include, exclude }: GitSettings): string {
  return [...lines(include), ...lines(exclude).map((line) => `!${line.replace(/^!/, "")}`)].join("\n");
}

export function gitProblems({ link, branch }: GitSettings): { link?: string; branch?: string } {
  return {
    ...(link.trim() ? {} : { link: text.urlMissing }),
    ...(BRANCH.test(branch.trim()) ? {} : { branch: text.branchHint }),
  };
}

interface GitFieldsProps {
  value: GitSettings;
  project: string;
  /** Whether this person owns the data source. */
  own?: boolean;
  /** Whether it is read with an integration: it can be changed then, not taken away. */
  signedIn?: boolean;
  onChange: (change: Partial<GitSettings>) => void;
  tried: boolean;
}

export function GitFields({ value, project, own = true, signedIn = false, onChange, tried }: GitFieldsProps) {
  const problems = tried ? gitProblems(value) : {};
  return (
    <Section title={text.source} text={text.gitHint}>
      <Field label={text.url} required hint={text.urlHint} error={problems.link}>
        {(field) => (
          <Input {...field} inputMode="url" spellCheck={false} value={value.link} onChange={(event) => onChange({ link: event.target.value })} />
        )}
      </Field>
      <IntegrationChoice
        types={REPOSITORY_TYPES}
        hint={text.integrationHint}
        none={signedIn ? undefined : text.integrationNone}
        project={project}
        own={own}
        value={value.setting_id}
        onChange={(setting_id) => onChange({ setting_id })}
      />
      <Field label={text.branch} required error={problems.branch}>
        {(field) => <Input {...field} spellCheck={false} value={value.branch} onChange={(event) => onChange({ branch: event.target.value })} />}
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={text.include} hint={text.includeHint}>
          {(field) => (
            <Textarea {...field} spellCheck={false} className="font-mono text-[13px]" value={value.include} onChange={(event) => onChange({ include: event.target.value })} />
          )}
        </Field>
        <Field label={text.exclude} hint={text.excludeHint}>
          {(field) => (
            <Textarea {...field} spellCheck={false} className="font-mono text-[13px]" value={value.exclude} onChange={(event) => onChange({ exclude: event.target.value })} />
          )}
        </Field>
      </div>
    </Section>
  );
}
