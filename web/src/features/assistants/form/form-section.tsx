import type { ReactNode } from "react";

/** One part of a long form: the outline beside it leads here. */
export function FormSection({ id, title, text, children }: { id: string; title: string; text: string; children: ReactNode }) {
  return (
    <section
      id={id}
      tabIndex={-1}
      aria-labelledby={`${id}-title`}
      className="grid scroll-mt-4 gap-x-8 gap-y-3 border-t border-line py-6 first:border-t-0 first:pt-0 focus-visible:outline-none md:grid-cols-[180px_minmax(0,1fr)]"
    >
      <div>
        <h2 id={`${id}-title`} className="text-sm font-semibold">
          {title}
        </h2>
        <p className="mt-0.5 text-[13px] text-fg-muted">{text}</p>
      </div>
      <div className="grid min-w-0 content-start gap-4">{children}</div>
    </section>
  );
}
