import { Link } from "@tanstack/react-router";

import { rowLink, type Column } from "@/components/data-table";
import { Face } from "@/components/face";
import { Time } from "@/components/time";

import { RoleBadges, StateBadge } from "./user-badges";
import type { UserRow } from "./user-queries";
import { text } from "./user-text";

/** How somebody signs in, by where the account came from. */
export const sourceOf = (source: string) => text.sources[source] ?? text.provider;

export const userColumns: readonly Column<UserRow>[] = [
  {
    key: "name",
    label: text.name,
    cell: (user) => (
      <div className="flex items-center gap-2.5">
        <Face name={user.name || user.username} />
        <div className="min-w-0">
          <p className="flex min-w-0 items-center gap-2">
            <Link to="/administration/users/$userId" params={{ userId: user.id }} className={`truncate font-medium ${rowLink}`}>
              {user.name || user.username}
            </Link>
            <StateBadge user={user} />
          </p>
          <p className="truncate text-xs text-fg-muted">{user.email}</p>
        </div>
      </div>
    ),
  },
  { key: "role", label: text.role, from: "sm", className: "w-44", cell: (user) => <RoleBadges user={user} /> },
  {
    key: "projects",
    label: text.projects,
    align: "right",
    from: "md",
    className: "w-24",
    cell: (user) => user.projects.length.toLocaleString("en"),
  },
  { key: "source", label: text.source, from: "lg", className: "w-44 text-fg-muted", cell: (user) => sourceOf(user.auth_source) },
  {
    key: "last",
    label: text.lastLogin,
    align: "right",
    from: "sm",
    className: "w-32 text-fg-muted",
    cell: (user) => (user.last_login_at ? <Time value={user.last_login_at} /> : text.never),
  },
  { key: "since", label: text.since, align: "right", from: "lg", className: "w-32 text-fg-muted", cell: (user) => <Time value={user.date} /> },
];
