import { text } from "./user-text";

/** What a member can be in a project. */
export const ROLE_OPTIONS = [
  { value: "member", label: text.member },
  { value: "admin", label: text.projectAdmin },
];
