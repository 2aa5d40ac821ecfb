import type { HealthCheck } from "./health-queries";

type Status = HealthCheck["status"];

const PHASES: Record<string, string> = {
  config: "Settings",
  db: "Database",
  nats: "Message bus and plugins",
  api: "API",
  web: "Web UI",
  worker: "Workers",
  disk: "Disk",
  memory: "Memory",
  clock: "Clock",
  storage: "Files",
  logs: "Logs",
  crypto: "Master keys",
  llm: "Models",
  data: "References to models",
  index: "Indexes",
  egress: "Network",
  integrations: "Integrations",
  idp: "Sign-in",
  authz: "Rights",
  net: "Way to models",
};

/** A group that this version of the page has no words for reads as a word nevertheless. */
const worded = (name: string) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");

export const text = {
  title: "Health",
  description: "What codemiectl doctor says, seen from inside: what is wrong with this installation, why, and what to do.",
  loading: "Looking at the installation",
  loadFailed: "The installation could not be looked at",
  emptyTitle: "Nothing was looked at",
  emptyText: "This version of the platform makes no checks.",
  again: "Run again",
  running: "Running…",
  download: "Download as JSON",
  bundle: "Support bundle",
  bundleTitle: "A bundle for support",
  bundleAbout:
    "One archive with all checks, versions, settings, the state of the database and logs. Secrets are taken out, people become pseudonyms, and what people wrote to assistants is not in it. Nothing is sent: look through it, and send it yourself.",
  issue: "What is wrong",
  issueHint: "What you expected, what happened, since when, and whom it keeps from what.",
  issueMissing: "Support needs to know what is wrong.",
  steps: "What was tried already",
  hours: "Logs of the last hours",
  hoursWrong: "From 1 to 336 hours.",
  make: "Make and download",
  making: "Gathering…",
  bundleFailed: "The bundle was not made",
  summary: "Results",
  statuses: { pass: "Good", warn: "To be looked at", fail: "Failed", unknown: "Unknown", skip: "Left out" } satisfies Record<Status, string>,
  allGood: "All is well",
  someBad: (count: number) => (count === 1 ? "1 check failed" : `${count} checks failed`),
  someWarn: (count: number) => (count === 1 ? "1 thing is to be looked at" : `${count} things are to be looked at`),
  checked: (count: number, seconds: string) => `${count} checks in ${seconds} s`,
  phase: (name: string) => PHASES[name] ?? worded(name),
  todo: "What to do",
  seen: "What was seen",
  more: "What this check is for",
  symptom: "Where it fails",
  cause: "Why",
} as const;
