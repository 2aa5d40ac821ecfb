import { Badge } from "@/components/ui/badge";

import { text } from "./user-text";

interface Flags {
  is_active: boolean;
  is_admin: boolean;
  is_maintainer: boolean;
  is_auditor: boolean;
  user_type: string;
}

/** Roles of the platform; a maintainer is an administrator by definition, which is not said twice. */
export function RoleBadges({ user }: { user: Flags }) {
  const roles = [
    user.is_maintainer && text.flags.is_maintainer,
    user.is_admin && !user.is_maintainer && text.flags.is_admin,
    user.is_auditor && text.flags.is_auditor,
  ].filter((role) => role !== false);
  return (
    <span className="flex flex-wrap gap-1">
      {roles.map((role) => (
        <Badge key={role} tone="accent">
          {role}
        </Badge>
      ))}
      {user.user_type === "external" && <Badge>{text.types.external}</Badge>}
    </span>
  );
}

export function StateBadge({ user }: { user: Flags }) {
  return user.is_active ? null : <Badge tone="bad">{text.states.deactivated}</Badge>;
}
