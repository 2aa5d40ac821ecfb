import { Link } from "@tanstack/react-router";
import { FlaskConical } from "lucide-react";

import { useDefaultModel } from "./queries";
import { text } from "./text";

/** Stays in view while the default model is the mock, so that nobody takes its answers for a model's. */
export function MockBanner() {
  const model = useDefaultModel();
  if (!model?.is_mock) return null;
  return (
    <aside
      aria-label={text.bannerLabel}
      className="flex shrink-0 flex-wrap items-center gap-x-3 gap-y-0.5 border-b border-warn-line bg-warn-soft px-4 py-1.5 text-[13px] text-warn"
    >
      <FlaskConical className="size-4 shrink-0" aria-hidden />
      <span>{text.banner}</span>
      <Link to="/models/connect" className="inline-flex min-h-6 items-center font-medium underline underline-offset-2">
        {text.bannerLink}
      </Link>
    </aside>
  );
}
