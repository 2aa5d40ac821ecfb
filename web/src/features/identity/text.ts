export const text = {
  title: "Sign in to CodeMie",
  email: "E-mail",
  password: "Password",
  submit: "Sign in",
  busy: "Signing in…",
  hint: "The first administrator's credentials are printed in the terminal where CodeMie was started for the first time.",
  failed: "You are not signed in",
} as const;
