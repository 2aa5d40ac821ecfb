import { queryOptions } from "@tanstack/react-query";
import type { Options as ReactMarkdownOptions } from "react-markdown";

type Plugins = NonNullable<ReactMarkdownOptions["remarkPlugins"]>;

/** Code is left alone; `\(…\)`, `\[…\]` and `$…$` become `$$…$$`. A dollar beside a blank or a digit is money. */
const PARTS =
  /(```[\s\S]*?(?:```|$)|`[^`\n]*`|\$\$[\s\S]*?\$\$)|\\\(([\s\S]+?)\\\)|\\\[([\s\S]+?)\\\]|(?<![\\$\w])\$(?![\s$])((?:[^$\n\\]|\\.)+?)(?<!\s)\$(?![\w$])/g;
const SIGNS = /\$[^\s$]|\$\$|\\\(|\\\[/;
const ONE_PIECE = /^\$\$(?!\s*\n)([\s\S]+)\$\$$/;

/** Whether nothing else stands on the lines of what was found: such a formula is set on a line of its own. */
function isAlone(source: string, start: number, length: number): boolean {
  const before = source.slice(source.lastIndexOf("\n", start - 1) + 1, start);
  const after = source.slice(start + length).split("\n", 1)[0] ?? "";
  return before === "" && !after.trim();
}

/** LaTeX in the one notation that the parser reads; null when there is none. */
export function withMath(source: string): string | null {
  if (!SIGNS.test(source)) return null;
  const found = [...source.matchAll(PARTS)].some(([whole, kept]) => kept === undefined || whole.startsWith("$$"));
  if (!found) return null;
  return source.replace(
    PARTS,
    (whole: string, kept: string | undefined, inline: string | undefined, display: string | undefined, dollars: string | undefined, at: number) => {
      const formula = kept === undefined ? display : isAlone(source, at, whole.length) ? ONE_PIECE.exec(whole)?.[1] : undefined;
      if (formula !== undefined) return `\n$$\n${formula.trim()}\n$$\n`;
      return kept === undefined ? `$$${(inline ?? dollars ?? "").trim()}$$` : whole;
    },
  );
}

/** What a formula may do: no commands that reach outside, bounded sizes and expansions. Model output is not trusted. */
const LIMITS = { trust: false, strict: "ignore", maxSize: 20, maxExpand: 500 } as const;

/** The typesetter, fetched when the first formula appears. */
export const mathQuery = queryOptions({
  queryKey: ["math"],
  queryFn: async (): Promise<{ remark: Plugins; rehype: Plugins }> => {
    const [remark, rehype] = await Promise.all([import("remark-math"), import("rehype-katex"), import("katex/dist/katex.min.css")]);
    return { remark: [[remark.default, { singleDollarTextMath: false }]], rehype: [[rehype.default, LIMITS]] };
  },
  staleTime: Infinity,
  gcTime: Infinity,
  structuralSharing: false,
});
