import type { Guardrail, Rule } from "./queries";

/** A rule as the form holds it: every field, whatever its kind. `kind` is `phrase`, `pattern` or a detector. */
export interface RuleDraft {
  key: string;
  kind: string;
  action: "block" | "mask";
  label: string;
  message: string;
  phrases: string;
  pattern: string;
  ignoreCase: boolean;
}

export interface Draft {
  project: string;
  name: string;
  description: string;
  rules: RuleDraft[];
}

export const DETECTORS = ["email", "phone", "payment_card", "iban", "aws_key", "access_token", "private_key"] as const;

let made = 0;

export function newRule(): RuleDraft {
  made += 1;
  return { key: `rule-${String(made)}`, kind: "phrase", action: "block", label: "", message: "", phrases: "", pattern: "", ignoreCase: true };
}

export const emptyDraft = (project: string): Draft => ({ project, name: "", description: "", rules: [newRule()] });

function ruleDraft(rule: Rule): RuleDraft {
  const { action, label, message } = rule;
  const common = { ...newRule(), action, label, message };
  if (rule.type === "phrase") return { ...common, kind: "phrase", phrases: rule.phrases.join("\n") };
  if (rule.type === "pattern") return { ...common, kind: "pattern", pattern: rule.pattern, ignoreCase: rule.ignore_case };
  return { ...common, kind: rule.detector };
}

export const draftOf = (guardrail: Guardrail): Draft => ({
  project: guardrail.project,
  name: guardrail.name,
  description: guardrail.description,
  rules: (guardrail.rules ?? []).map(ruleDraft),
});

const lines = (raw: string) => raw.split("\n").map((line) => line.trim()).filter((line) => line !== "");

/** The rule as the wire has it; null while something is missing. */
export function ruleOf({ kind, action, label, message, phrases, pattern, ignoreCase }: RuleDraft): Rule | null {
  const common = { action, label, message };
  if (kind === "phrase") return lines(phrases).length > 0 ? { ...common, type: "phrase", phrases: lines(phrases) } : null;
  if (kind === "pattern") return pattern ? { ...common, type: "pattern", pattern, ignore_case: ignoreCase } : null;
  const detector = DETECTORS.find((one) => one === kind);
  return detector ? { ...common, type: "detector", detector } : null;
}

/** All rules; null while one of them is not complete, or there is none. */
export function rulesOf(drafts: readonly RuleDraft[]): Rule[] | null {
  const rules = drafts.map(ruleOf).filter((rule) => rule !== null);
  return rules.length > 0 && rules.length === drafts.length ? rules : null;
}
