import type { Standing } from "./queries";
import { text } from "./text";

export type Kind = "project" | "assistants" | "datasources" | "workflows";
export type Source = "input" | "output" | "both";
export type Mode = "all" | "filtered";

/** One thing the guardrail stands guard over; `id` is null for all of its kind. */
export interface Post {
  kind: Kind;
  id: string | null;
  name: string;
  mode: Mode;
  source: Source;
}

const KINDS = ["assistants", "datasources", "workflows"] as const;
const ALL = { assistants: text.everyAssistant, datasources: text.everySource, workflows: text.everyWorkflow, project: text.wholeProject };

export const everything = (kind: Kind): Post => ({ kind, id: null, name: ALL[kind], mode: "filtered", source: "both" });

export const keyOf = ({ kind, id, mode, source }: Post) => [kind, id ?? "", mode, source].join("/");

export function postsOf(standing: Standing): Post[] {
  const whole = (standing.project?.settings ?? []).map((settings) => ({ ...everything("project"), ...settings }));
  const others = KINDS.flatMap((kind) => {
    const part = standing[kind];
    const all = (part?.settings ?? []).map((settings) => ({ ...everything(kind), ...settings }));
    const items = (part?.items ?? []).flatMap(({ id, name, settings }) =>
      (settings ?? []).map((one) => ({ kind, id, name: name ?? id, mode: one.mode, source: one.source })),
    );
    return [...all, ...items];
  });
  return [...whole, ...others];
}

export function standingOf(posts: readonly Post[]): Standing {
  const settings = (kind: Kind, id: string | null) =>
    posts.filter((post) => post.kind === kind && post.id === id).map(({ mode, source }) => ({ mode, source }));
  const part = (kind: Kind) => {
    const ids = [...new Set(posts.flatMap((post) => (post.kind === kind && post.id !== null ? [post.id] : [])))];
    return { settings: settings(kind, null), items: ids.map((id) => ({ id, settings: settings(kind, id) })) };
  };
  return {
    project: { settings: settings("project", null) },
    assistants: part("assistants"),
    datasources: part("datasources"),
    workflows: part("workflows"),
  };
}
