import { useQuery } from "@tanstack/react-query";

import { Time } from "@/components/time";

import { text } from "./settings-text";
import { userQuery } from "./user-queries";

/** Who changed something last, by name, and when. */
export function WhoChanged({ by, at }: { by: string; at: string }) {
  const { data: user, isPending } = useQuery({ ...userQuery(by), retry: false, staleTime: 60_000 });
  if (isPending) return null;
  return (
    <span className="text-xs text-fg-muted">
      {text.changedBy} {user ? user.name || user.email : text.nobody}, <Time value={at} />
    </span>
  );
}
