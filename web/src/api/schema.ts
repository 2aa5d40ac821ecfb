import type { components } from "@/generated/api";

/** The backend's wire models by name, as its OpenAPI document declares them. */
export type Schemas = components["schemas"];
