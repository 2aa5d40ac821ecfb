import { queryOptions } from "@tanstack/react-query";

import { request } from "@/api/client";

/** A check of `codemiectl doctor`, schema `codemiectl.report/1`, with what it is for. */
export interface HealthCheck {
  id: string;
  phase: string;
  status: "pass" | "warn" | "fail" | "unknown" | "skip";
  title: string;
  detail: string;
  evidence: { source: string; value: string }[];
  remedy: string[];
  symptom: string;
  cause: string;
}

export interface HealthReport {
  started: string;
  duration_ms: number;
  summary: Partial<Record<HealthCheck["status"], number>>;
  checks: HealthCheck[];
}

export const healthQuery = queryOptions({
  queryKey: ["health", "checks"],
  queryFn: ({ signal }) => request<HealthReport>("/admin/health/checks", { signal }),
  // A run costs the platform a second of work: only whoever asks gets a new one.
  staleTime: Infinity,
  refetchOnWindowFocus: false,
});
