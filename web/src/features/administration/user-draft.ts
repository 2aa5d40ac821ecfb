import type { Schemas } from "@/api/schema";
import type { User } from "@/features/identity/queries";

import type { UserDetail } from "./user-queries";
import { text } from "./user-text";

export const FLAGS = ["is_maintainer", "is_admin", "is_auditor"] as const;
export type Flag = (typeof FLAGS)[number];

export interface UserDraft extends Record<Flag, boolean> {
  name: string;
  email: string;
  user_type: string;
  /** As typed; empty for none. */
  limit: string;
}

export const draftOf = (user: UserDetail): UserDraft => ({
  name: user.name,
  email: user.email,
  user_type: user.user_type,
  limit: user.project_limit === null ? "" : String(user.project_limit),
  is_maintainer: user.is_maintainer,
  is_admin: user.is_admin,
  is_auditor: user.is_auditor,
});

/** A maintainer is always an administrator, and who is no administrator is no maintainer. */
export function withFlag(draft: UserDraft, flag: Flag, on: boolean): UserDraft {
  const next = { ...draft, [flag]: on };
  if (flag === "is_maintainer" && on) next.is_admin = true;
  if (flag === "is_admin" && !on) next.is_maintainer = false;
  return next;
}

/** Why a role cannot be switched here; nothing when it can. */
export function flagLock(flag: Flag, user: UserDetail, caller: User): string | undefined {
  if (!caller.is_maintainer) return text.rightsKept;
  return user.id === caller.user_id && flag !== "is_auditor" && user[flag] ? text.ownRole : undefined;
}

const isAddress = (email: string) => /^[^@\s]+@[^@\s]+$/.test(email);

export function problemsOf(draft: UserDraft) {
  return {
    email: isAddress(draft.email) ? undefined : text.emailWrong,
    limit: draft.is_admin || /^\d{1,7}$/.test(draft.limit) ? undefined : text.limitWrong,
  };
}

/** Only what differs is sent: everything sent is checked against the caller's rights. */
export function changeOf(draft: UserDraft, user: UserDetail): Schemas["UserChange"] {
  const before = draftOf(user);
  const change: Schemas["UserChange"] = {};
  if (draft.name.trim() !== before.name) change.name = draft.name.trim();
  if (draft.email.trim() !== before.email) change.email = draft.email.trim();
  if (draft.user_type !== before.user_type) change.user_type = draft.user_type;
  for (const flag of FLAGS) if (draft[flag] !== before[flag]) change[flag] = draft[flag];
  if (!draft.is_admin && draft.limit !== before.limit) change.project_limit = Number(draft.limit);
  return change;
}
