export const text = {
  title: "Audit log",
  description: "Who did what, and when. Entries are only ever added.",
  what: "What",
  on: "Concerns",
  who: "Who",
  from: "From",
  to: "To",
  entity: "Subject",
  when: "When",
  export: "Export",
  exportCsv: "As CSV, for a spreadsheet",
  exportJson: "As JSON, for a program",
  exportNote: "All entries that match the filters. The export is itself logged.",
  choosePerson: "Person",
  choosePersonTitle: "Whose actions?",
  findPeople: "Find people by name or e-mail",
  loading: "Loading the audit log",
  loadFailed: "The audit log could not be loaded",
  emptyTitle: "Nothing was logged yet",
  emptyText: "Sign-ins, tokens, roles, memberships and administrative actions appear here.",
  noMatchTitle: "No entry matches",
  noMatchText: "Choose a longer period, or clear the filters.",
  clear: "Clear filters",
  platform: "The platform",
  deleted: "A former user",
  details: "Details",
  facts: "Facts",
  noFacts: "Nothing more was noted.",
  close: "Close details",
  gone: "This entry does not exist",
  goneText: "The link may be mistyped.",
  entryFailed: "The entry could not be loaded",
  event: "Event",
  id: "Entry",
  onlyPerson: "Everything this person did",
  onlyEntity: "Everything about this subject",
  openUser: "Open the user",
  openProject: "Open the project",
  kinds: { user: "Users", project: "Projects", personal_token: "Access tokens", audit_log: "Audit log", activity: "Activity" } as Record<string, string>,
} as const;

/** What happened, in words; events of later versions show their own name. */
const EVENTS: Record<string, string> = {
  "user.login": "Signed in",
  "user.login_failed": "Sign-in refused",
  "user.logout": "Signed out",
  "user.created": "User created",
  "user.updated": "User changed",
  "user.deactivated": "User deactivated",
  "user.password_changed": "Password changed",
  "user.linked": "Account linked to the identity provider",
  "user.email_not_followed": "New address of the provider not followed",
  "user.roles_synchronised": "Roles copied from the provider",
  "user.project.assigned": "Added to a project",
  "user.project.role_updated": "Role in a project changed",
  "user.project.removed": "Removed from a project",
  "user.project.default_set": "Default project chosen",
  "user.project.default_cleared": "Default project cleared",
  "project.created": "Project created",
  "project.updated": "Project changed",
  "project.deleted": "Project deleted",
  "project.ownership_changed": "Project given to another owner",
  "project.member_added": "Member added by the provider",
  "project.member_removed": "Member removed by the provider",
  "project.member_role_changed": "Member's role changed by the provider",
  "personal_token.created": "Access token created",
  "personal_token.revoked": "Access token revoked",
  "audit_log.exported": "Audit log exported",
};

export function eventName(type: string): string {
  const words = type.replace(/[._]/g, " ");
  return EVENTS[type] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

export function kindName(kind: string): string {
  const words = kind.replaceAll("_", " ");
  return text.kinds[kind] ?? words.charAt(0).toUpperCase() + words.slice(1);
}
