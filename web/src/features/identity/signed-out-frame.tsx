import { Link, type LinkProps } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { Logo } from "@/app/logo";

export const CARD = "grid gap-4 rounded-lg border border-line bg-raised p-5";

/** The pages of people who are not signed in: one card in the middle. */
export function SignedOutFrame({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="grid min-h-full place-items-center bg-subtle px-4 py-10">
      <title>{`${title} · CodeMie`}</title>
      <div className="grid w-full max-w-sm gap-6">
        <div className="grid justify-items-center gap-3">
          <Logo className="size-10" />
          <h1 className="text-lg font-semibold tracking-tight">{title}</h1>
        </div>
        {children}
      </div>
    </main>
  );
}

/** A way to another of these pages. */
export function SideLink({ to, children }: { to: LinkProps["to"]; children: ReactNode }) {
  return (
    <Link to={to} className="inline-flex min-h-6 items-center justify-self-center text-[13px] text-accent-text underline underline-offset-2">
      {children}
    </Link>
  );
}
