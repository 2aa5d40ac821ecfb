import { useId, type ReactNode } from "react";

interface FieldAttributes {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean | undefined;
}

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  required?: boolean;
  children: (attributes: FieldAttributes) => ReactNode;
}

/** A labelled control with its hint and error tied to it for assistive technology. */
export function Field({ label, hint, error, required = false, children }: FieldProps) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div className="grid content-start gap-1.5">
      <label htmlFor={id} className="text-[13px] font-medium">
        {label}
        {required && <span className="font-normal text-fg-faint"> · required</span>}
      </label>
      {children({ id, "aria-describedby": note ? `${id}-note` : undefined, "aria-invalid": error ? true : undefined })}
      {note && (
        <p id={`${id}-note`} className={error ? "text-xs text-bad" : "text-xs text-fg-muted"}>
          {note}
        </p>
      )}
    </div>
  );
}
