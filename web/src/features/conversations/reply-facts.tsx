import { useModelLabel } from "@/features/models/queries";
import { count, dollars, duration } from "@/lib/format";

import { text } from "./text";
import type { Reply } from "./turns";

/** Which model wrote an answer, how long it took, and what it used. */
export function ReplyFacts({ reply }: { reply: Reply }) {
  const { seconds, usage } = reply;
  const model = useModelLabel(reply.model);
  const facts = [
    model,
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
