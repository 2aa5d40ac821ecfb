import { Badge } from "@/components/ui/badge";

import type { PluginKey } from "./queries";
import { text } from "./text";

/** Whether agents are there, or could be. */
export function OnlineBadge({ of }: { of: PluginKey }) {
  if (!of.is_usable) return <Badge tone="bad">{text.unusable}</Badge>;
  return of.agents > 0 ? <Badge tone="good">{text.online(of.agents)}</Badge> : <Badge>{text.offline}</Badge>;
}
