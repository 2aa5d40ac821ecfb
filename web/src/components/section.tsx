import { useId, type ReactNode } from "react";

/** One part of a form page: what it is about on the left, its fields on the right. */
export function Section({ title, text, children }: { title: string; text?: string; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="grid gap-x-8 gap-y-3 border-t border-line py-6 first:border-t-0 first:pt-0 md:grid-cols-[200px_1fr]">
      <div>
        <h2 id={id} className="text-sm font-semibold">
          {title}
        </h2>
        {text && <p className="mt-0.5 text-[13px] text-fg-muted">{text}</p>}
      </div>
      <div className="grid min-w-0 content-start gap-4">{children}</div>
    </section>
  );
}
