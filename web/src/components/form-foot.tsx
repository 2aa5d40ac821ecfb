import { Check } from "lucide-react";
import type { ReactNode } from "react";

import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";

interface FormFootProps {
  action: string;
  busy: string;
  mutation: { isPending: boolean; isError: boolean; isSuccess: boolean; error: unknown };
  failed: string;
  /** Said after a success that leaves the form open. */
  saved?: string;
  disabled?: boolean;
  children?: ReactNode;
}

/** The end of a form: what went wrong, what was saved, and the button that submits. */
export function FormFoot({ action, busy, mutation, failed, saved, disabled = false, children }: FormFootProps) {
  return (
    <div className="grid gap-3">
      {mutation.isError && <ErrorNote title={failed} error={mutation.error} />}
      <div className="flex flex-wrap items-center justify-end gap-3">
        {children}
        <span role="status" className="inline-flex items-center gap-1 text-[13px] text-good">
          {saved && mutation.isSuccess && (
            <>
              <Check className="size-4" aria-hidden /> {saved}
            </>
          )}
        </span>
        <Button type="submit" look="primary" disabled={disabled || mutation.isPending}>
          {mutation.isPending ? busy : action}
        </Button>
      </div>
    </div>
  );
}
