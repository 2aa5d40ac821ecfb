import { useQuery } from "@tanstack/react-query";
import { Code, Download, Workflow } from "lucide-react";
import { useState } from "react";

import { useIsDark } from "@/app/theme";
import { IconButton } from "@/components/ui/icon-button";

import { CodeBlock, CopyButton } from "./code-block";
import { saveAs } from "./download";
import { drawingQuery, type Drawing } from "./mermaid-query";
import { text } from "./text";

function Frame({ code, drawing, onCode }: { code: string; drawing: Drawing; onCode: () => void }) {
  return (
    <figure className="my-3 overflow-hidden rounded-lg border border-line">
      <figcaption className="flex h-8 items-center justify-between border-b border-line bg-subtle pr-1 pl-3 text-xs text-fg-muted">
        {text.diagram}
        <span className="flex">
          <IconButton label={text.showCode} onClick={onCode}>
            <Code />
          </IconButton>
          <IconButton label={text.saveDiagram} onClick={() => saveAs(new Blob([drawing.svg], { type: "image/svg+xml" }), "diagram.svg")}>
            <Download />
          </IconButton>
          <CopyButton value={code} label={text.copyCode} />
        </span>
      </figcaption>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling region must be reachable by keyboard */}
      <div tabIndex={0} role="group" aria-label={text.diagram} className="max-h-[70vh] overflow-auto p-3 focus-visible:-outline-offset-2">
        <img src={drawing.address} alt={text.diagramOf(code)} width={drawing.width} height={drawing.height} className="mx-auto h-auto max-w-full" />
      </div>
    </figure>
  );
}

/** A Mermaid diagram; its code while it is still being written, when asked for, and where it cannot be drawn. */
export function MermaidDiagram({ code, open }: { code: string; open: boolean }) {
  const dark = useIsDark();
  const [asCode, setAsCode] = useState(false);
  const { data, error } = useQuery({ ...drawingQuery(code, dark), enabled: !open });
  if (data && !asCode) return <Frame code={code} drawing={data} onCode={() => setAsCode(true)} />;
  return (
    <>
      <CodeBlock code={code} language="mermaid">
        {data && (
          <IconButton label={text.showDiagram} onClick={() => setAsCode(false)}>
            <Workflow />
          </IconButton>
        )}
      </CodeBlock>
      {error && !open && <p className="-mt-2 mb-3 text-xs text-fg-muted">{text.notDrawn(error.message.split("\n")[0] ?? "")}</p>}
    </>
  );
}
