import { queryOptions, useQuery } from "@tanstack/react-query";
import { createContext, memo, use, useMemo, useState, type ReactNode } from "react";
import ReactMarkdown, { type Components, type ExtraProps } from "react-markdown";
import remarkGfm from "remark-gfm";
import remend from "remend";

import { CITATION_PREFIX, citationMarks } from "./citation-marks";
import { CodeBlock } from "./code-block";
import { useFileAddress } from "./file-address";
import { MarkdownTable } from "./markdown-table";
import { mathQuery, withMath } from "./math";
import { MermaidDiagram } from "./mermaid-diagram";
import { text } from "./text";

/** How a citation number in the text is shown; null leaves it as plain text. */
type RenderCitation = (number: number) => ReactNode;
const CitationContext = createContext<RenderCitation>(() => null);
/** Whether the block is still being written. */
const OpenContext = createContext(false);

const FILES = "/v1/files/";
const FILE_LINK = /^(?:sandbox:)?\/v1\/files\//;

/** Only addresses a reader can judge. Files that the assistant made are served by this server. */
function safeUrl(url: string): string {
  if (url.startsWith(CITATION_PREFIX)) return url;
  if (FILE_LINK.test(url)) return url.replace(/^sandbox:/, "");
  return /^(?:https?:|mailto:)/i.test(url) ? url : "";
}

function MarkdownLink({ href, children }: { href?: string | undefined; children?: ReactNode }) {
  const cite = use(CitationContext);
  const address = useFileAddress();
  if (href?.startsWith(CITATION_PREFIX)) {
    const number = Number(href.slice(CITATION_PREFIX.length));
    return cite(number) ?? `[${number}]`;
  }
  if (!href) return <>{children}</>;
  return (
    <a href={href.startsWith(FILES) ? address(href) : href} target="_blank" rel="noopener noreferrer nofollow" className="break-words text-accent-text underline underline-offset-2">
      {children}
    </a>
  );
}

/** Images of other hosts are never fetched by themselves: loading one tells its host what was asked. */
function MarkdownImage({ src, alt }: { src?: string | undefined; alt?: string | undefined }) {
  const address = useFileAddress();
  if (src?.startsWith(FILES)) return <img src={address(src)} alt={alt ?? ""} loading="lazy" className="my-3 max-w-full rounded-lg" />;
  return <MarkdownLink href={src}>{text.imageLink(alt ?? src ?? "")}</MarkdownLink>;
}

function textOf(node: ExtraProps["node"]): string {
  return (node?.children ?? []).map((child) => (child.type === "text" ? child.value : child.type === "element" ? textOf(child) : "")).join("");
}

function Pre({ node }: ExtraProps) {
  const code = node?.children.find((child) => child.type === "element");
  const classes = code?.properties["className"];
  const language = Array.isArray(classes) ? String(classes[0]).replace(/^language-/, "") : "";
  const source = textOf(code).replace(/\n$/, "");
  const open = use(OpenContext);
  if (language === "mermaid") return <MermaidDiagram code={source} open={open} />;
  return <CodeBlock code={source} language={language} />;
}

const heading = "mt-5 mb-2 font-semibold first:mt-0";

const COMPONENTS: Components = {
  a: ({ href, children }) => <MarkdownLink href={href}>{children}</MarkdownLink>,
  img: ({ src, alt }) => <MarkdownImage src={typeof src === "string" ? src : undefined} alt={alt} />,
  pre: ({ node }) => <Pre node={node} />,
  code: ({ children }) => <code className="rounded bg-muted px-1 py-0.5 font-mono text-[0.9em] break-words">{children}</code>,
  // The page's own headings come first: those of an answer start below them.
  h1: ({ children }) => <h3 className={`${heading} text-lg`}>{children}</h3>,
  h2: ({ children }) => <h3 className={`${heading} text-base`}>{children}</h3>,
  h3: ({ children }) => <h4 className={`${heading} text-[15px]`}>{children}</h4>,
  h4: ({ children }) => <h5 className={heading}>{children}</h5>,
  h5: ({ children }) => <h6 className={heading}>{children}</h6>,
  h6: ({ children }) => <h6 className={heading}>{children}</h6>,
  p: ({ children }) => <p className="my-2.5 first:mt-0 last:mb-0">{children}</p>,
  ul: ({ children }) => <ul className="my-2.5 list-disc pl-5 marker:text-fg-faint [&_ol]:my-1 [&_ul]:my-1">{children}</ul>,
  ol: ({ children, start }) => (
    <ol start={start} className="my-2.5 list-decimal pl-5 marker:text-fg-faint [&_ol]:my-1 [&_ul]:my-1">
      {children}
    </ol>
  ),
  li: ({ children }) => <li className="my-1 pl-0.5 [&>p]:my-1">{children}</li>,
  blockquote: ({ children }) => <blockquote className="my-3 border-l-2 border-line-strong pl-3 text-fg-muted">{children}</blockquote>,
  hr: () => <hr className="my-5 border-line" />,
  table: ({ children }) => <MarkdownTable>{children}</MarkdownTable>,
  th: ({ children }) => <th className="border-b border-line bg-subtle px-3 py-1.5 font-medium">{children}</th>,
  td: ({ children }) => <td className="border-t border-line px-3 py-1.5 align-top">{children}</td>,
};

const PLUGINS = [remarkGfm, citationMarks];

const Block = memo(function Block({ source, open }: { source: string; open: boolean }) {
  const written = useMemo(() => withMath(source), [source]);
  const { data: math } = useQuery({ ...mathQuery, enabled: written !== null });
  const typeset = written !== null && math;
  return (
    <OpenContext value={open}>
      <ReactMarkdown
        remarkPlugins={typeset ? [...PLUGINS, ...math.remark] : PLUGINS}
        rehypePlugins={typeset ? math.rehype : []}
        components={COMPONENTS}
        urlTransform={safeUrl}
      >
        {typeset ? written : source}
      </ReactMarkdown>
    </OpenContext>
  );
});

interface MarkdownProps {
  source: string;
  streaming: boolean;
  cite: RenderCitation;
}

/** What cuts a text into blocks, fetched when the first answer is written. */
const lexerQuery = queryOptions({
  queryKey: ["markdown", "lexer"],
  queryFn: async () => (await import("marked")).lexer,
  staleTime: Infinity,
  gcTime: Infinity,
  structuralSharing: false,
});

/** The blocks of an answer that grew before the reader's eyes: only its last one is rendered anew. */
function useBlocks(source: string, streaming: boolean): string[] {
  const [grew, setGrew] = useState(streaming);
  if (streaming && !grew) setGrew(true);
  const { data: lexer } = useQuery({ ...lexerQuery, enabled: grew });
  return useMemo(() => (grew && lexer ? lexer(source).map((token) => token.raw) : [source]), [grew, lexer, source]);
}

/** Markdown without raw HTML. */
export function Markdown({ source, streaming, cite }: MarkdownProps) {
  const blocks = useBlocks(source, streaming);
  return (
    <CitationContext value={cite}>
      {blocks.map((block, at) => (
        <Block key={at} source={streaming && at === blocks.length - 1 ? remend(block) : block} open={streaming && at === blocks.length - 1} />
      ))}
    </CitationContext>
  );
}
