import type { FormState, Problems } from "../draft";

/** What every part of the form gets. */
export interface PartProps {
  form: FormState;
  patch: (change: Partial<FormState>) => void;
  problems: Problems;
}
