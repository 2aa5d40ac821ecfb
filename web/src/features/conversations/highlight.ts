import type { HighlighterCore, LanguageRegistration, ThemedToken } from "@shikijs/core";
import { queryOptions } from "@tanstack/react-query";

type Loader = () => Promise<{ default: LanguageRegistration[] }>;

/** Grammars, each a file of its own that is fetched when the first block in that language appears. */
const GRAMMARS: Record<string, Loader> = {
  bash: () => import("@shikijs/langs/bash"),
  c: () => import("@shikijs/langs/c"),
  cpp: () => import("@shikijs/langs/cpp"),
  csharp: () => import("@shikijs/langs/csharp"),
  css: () => import("@shikijs/langs/css"),
  diff: () => import("@shikijs/langs/diff"),
  docker: () => import("@shikijs/langs/docker"),
  go: () => import("@shikijs/langs/go"),
  html: () => import("@shikijs/langs/html"),
  java: () => import("@shikijs/langs/java"),
  javascript: () => import("@shikijs/langs/javascript"),
  json: () => import("@shikijs/langs/json"),
  jsx: () => import("@shikijs/langs/jsx"),
  kotlin: () => import("@shikijs/langs/kotlin"),
  make: () => import("@shikijs/langs/make"),
  markdown: () => import("@shikijs/langs/markdown"),
  php: () => import("@shikijs/langs/php"),
  powershell: () => import("@shikijs/langs/powershell"),
  python: () => import("@shikijs/langs/python"),
  ruby: () => import("@shikijs/langs/ruby"),
  rust: () => import("@shikijs/langs/rust"),
  scala: () => import("@shikijs/langs/scala"),
  sql: () => import("@shikijs/langs/sql"),
  swift: () => import("@shikijs/langs/swift"),
  terraform: () => import("@shikijs/langs/terraform"),
  toml: () => import("@shikijs/langs/toml"),
  tsx: () => import("@shikijs/langs/tsx"),
  typescript: () => import("@shikijs/langs/typescript"),
  xml: () => import("@shikijs/langs/xml"),
  yaml: () => import("@shikijs/langs/yaml"),
};

const ALIASES: Record<string, string> = {
  sh: "bash", shell: "bash", zsh: "bash", console: "bash", "c++": "cpp", cs: "csharp", "c#": "csharp", dockerfile: "docker",
  golang: "go", js: "javascript", ts: "typescript", py: "python", rb: "ruby", rs: "rust", yml: "yaml", md: "markdown",
  makefile: "make", hcl: "terraform", tf: "terraform", kt: "kotlin", ps1: "powershell", jsonc: "json", h: "c",
};

export function grammarOf(language: string): string | null {
  const name = language.toLowerCase();
  const known = ALIASES[name] ?? name;
  return known in GRAMMARS ? known : null;
}

let core: Promise<HighlighterCore> | undefined;

async function createCore(): Promise<HighlighterCore> {
  const [{ createHighlighterCore }, { createJavaScriptRegexEngine }] = await Promise.all([
    import("@shikijs/core"),
    import("@shikijs/engine-javascript"),
  ]);
  return createHighlighterCore({
    themes: [import("@shikijs/themes/github-light-high-contrast"), import("@shikijs/themes/github-dark-high-contrast")],
    langs: [],
    engine: createJavaScriptRegexEngine({ forgiving: true }),
  });
}

/** The highlighter with this grammar loaded. */
export const highlighterQuery = (grammar: string) =>
  queryOptions({
    queryKey: ["highlighter", grammar],
    queryFn: async () => {
      core ??= createCore();
      const highlighter = await core;
      const load = GRAMMARS[grammar];
      if (load) await highlighter.loadLanguage(await load());
      return highlighter;
    },
    staleTime: Infinity,
    gcTime: Infinity,
    structuralSharing: false,
  });

export function tokens(highlighter: HighlighterCore, grammar: string, code: string): ThemedToken[][] {
  const themes = { light: "github-light-high-contrast", dark: "github-dark-high-contrast" };
  return highlighter.codeToTokens(code, { lang: grammar, themes, defaultColor: false }).tokens;
}
