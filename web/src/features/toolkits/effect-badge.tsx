import { ShieldAlert } from "lucide-react";

import { Badge } from "@/components/ui/badge";

import type { CatalogueTool } from "./queries";
import { text } from "./text";

/** What a tool does in the other system; reading is what one expects and is not said. */
export function EffectBadge({ effect }: { effect: CatalogueTool["effect"] | undefined }) {
  if (effect === "destroys") {
    return (
      <Badge tone="warn">
        <ShieldAlert aria-hidden /> {text.effects.destroys}
      </Badge>
    );
  }
  return effect === "writes" ? <Badge>{text.effects.writes}</Badge> : null;
}
