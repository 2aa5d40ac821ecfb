import { queryOptions } from "@tanstack/react-query";
import type { Options as ReactMarkdownOptions } from "react-markdown";

type Plugins = NonNullable<ReactMarkdownOptions["remarkPlugins"]>;

/** Code is left alone; `\(…\)`, `\[…\]` and `$…$` become `$$…$$`. A dollar beside a blank or a digit is money. */
const PARTS =
  /(```[\s\S]*?(?:```|$)|`[^`\n]*`|\$\$[\s\S]*?\$\$)|\\\(([\s\S]+?)\\\)|\\\[([\s\S]+?)\\\]|(?<![\\$\w])\$(?![\s$])((?:[^$\n\\]|\\.)+?)(?<!\s)\$(?![\w$])/g;
const SIGNS = /\$[^\s$]|\$\$|\\\(|\\\[/;
const ALONE = /^\s*\$\$([\s\S]+?)\$\$\s*$/;

/** LaTeX in the one notation that the parser reads; null when there is none. */
export function withMath(source: string): string | null {
  if (!SIGNS.test(source)) return null;
  const found = [...source.matchAll(PARTS)].some(([whole, kept]) => kept === undefined || whole.startsWith("$$"));
  if (!found) return null;
  const written = source.replace(PARTS, (whole: string, kept?: string, inline?: string, display?: string, dollars?: string) => {
    if (kept !== undefined) return whole;
    return display === undefined ? `$$${(inline ?? dollars ?? "").trim()}$$` : `\n$$\n${display.trim()}\n$$\n`;
  });
  const alone = ALONE.exec(written);
  return alone ? `$$\n${(alone[1] ?? "").trim()}\n$$` : written;
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
