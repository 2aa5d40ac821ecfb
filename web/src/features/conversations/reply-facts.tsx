import { count, dollars, duration } from "@/lib/format";

import { text } from "./text";
import type { Reply } from "./turns";

/** How long an answer took, and what it used. */
export function ReplyFacts({ reply }: { reply: Reply }) {
  const { seconds, usage } = reply;
  const facts = [
    seconds === null ? null : duration(seconds),
    usage && count(usage.input + usage.output, "token"),
    usage && usage.money > 0 ? dollars(usage.money) : null,
  ].filter(Boolean);
  if (facts.length === 0) return null;
  return (
    <span className="ml-1.5 text-xs text-fg-faint tabular-nums" title={usage ? text.usage(usage.input.toLocaleString("en"), usage.output.toLocaleString("en")) : undefined}>
      {facts.join(" · ")}
    </span>
  );
}
