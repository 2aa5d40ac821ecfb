import { useQuery } from "@tanstack/react-query";
import { Download, File } from "lucide-react";

import { Delayed } from "@/components/delayed";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";

import { fromCsv } from "./csv";
import { grammarOf } from "./highlight";
import { Highlighted } from "./highlighted";
import { Markdown } from "./markdown";
import { text } from "./text";
import { downloadAddress, fileQuery, type WorkspaceContent, type WorkspaceFile } from "./workspace-queries";

const MOST_ROWS = 200;
const MOST_CHARACTERS = 200_000;
const GRAMMARS: Record<string, string> = { py: "python", js: "javascript", ts: "typescript", yml: "yaml", sh: "bash", md: "markdown" };

const endingOf = (path: string): string => path.split(".").at(-1)?.toLowerCase() ?? "";

function CsvTable({ source }: { source: string }) {
  const [head = [], ...rows] = fromCsv(source, MOST_ROWS + 1);
  return (
    <>
      <table className="w-full border-separate border-spacing-0 text-left text-[13px]">
        <thead>
          <tr>
            {head.map((cell, at) => (
              <th key={at} className="sticky top-0 border-b border-line bg-subtle px-3 py-1.5 font-medium whitespace-nowrap">
                {cell}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              {row.map((cell, column) => (
                <td key={column} className="border-b border-line px-3 py-1.5 align-top">
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length === MOST_ROWS && <p className="px-3 py-2 text-xs text-fg-muted">{text.firstRows(MOST_ROWS)}</p>}
    </>
  );
}

function Code({ source, language }: { source: string; language: string }) {
  return (
    <>
      <pre className="p-3 font-mono text-xs leading-relaxed break-words whitespace-pre-wrap">
        <Highlighted code={source.slice(0, MOST_CHARACTERS)} language={language} />
      </pre>
      {source.length > MOST_CHARACTERS && <p className="px-3 py-2 text-xs text-fg-muted">{text.cutPreview}</p>}
    </>
  );
}

const noCitations = () => null;

function Body({ file }: { file: WorkspaceContent }) {
  const content = file.content ?? "";
  const ending = endingOf(file.path);
  if (file.content_encoding === "base64") {
    // As an image nothing in it runs, SVG neither.
    return <img src={`data:${file.mime_type};base64,${content}`} alt={file.path} className="mx-auto max-w-full p-3" />;
  }
  if (ending === "csv" || ending === "tsv") return <CsvTable source={content} />;
  if (ending === "md") {
    return (
      <div className="p-4 leading-relaxed">
        <Markdown source={content.slice(0, MOST_CHARACTERS)} streaming={false} cite={noCitations} />
      </div>
    );
  }
  const language = GRAMMARS[ending] ?? ending;
  return <Code source={content} language={grammarOf(language) ? language : ""} />;
}

/** What is in a file: text in colour, tables as tables, pictures; everything else can be downloaded. */
export function FilePreview({ workspaceId, file }: { workspaceId: string; file: WorkspaceFile }) {
  const query = useQuery(fileQuery(workspaceId, file));
  if (query.isPending) {
    return (
      <Delayed label={file.path}>
        <div className="skeleton m-3 h-40" />
      </Delayed>
    );
  }
  if (query.isError) {
    return (
      <div className="p-3">
        <ErrorNote title={text.fileFailed} error={query.error} onRetry={() => void query.refetch()} />
      </div>
    );
  }
  if (query.data.content === null) {
    return (
      <EmptyState icon={File} title={text.noPreview} text={text.noPreviewText}>
        <Button asChild>
          <a href={downloadAddress(workspaceId, file.path)} download>
            <Download /> {text.download}
          </a>
        </Button>
      </EmptyState>
    );
  }
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling region must be reachable by keyboard
    <div tabIndex={0} role="group" aria-label={file.path} className="min-h-0 flex-1 overflow-auto focus-visible:-outline-offset-2">
      <Body file={query.data} />
    </div>
  );
}
