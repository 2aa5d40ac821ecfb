import { queryOptions } from "@tanstack/react-query";

const MAX_CHARACTERS = 20_000;
let drawn = 0;

export interface Drawing {
  /** As an image the browser runs none of its scripts and loads nothing for it. */
  address: string;
  svg: string;
  width: number;
  height: number;
}

/** What the code may hold of HTML: line breaks, and the `<<…>>` of class diagrams. Other tags become text. */
const TAGS = /(<<\w[\w ]*>>|<br\s*\/?>)|<(?=[a-z/!?])/gi;

/** The library sanitises what it draws; words of a model do not even get that far as HTML. */
export const withoutTags = (code: string): string => code.replace(TAGS, (_tag, kept?: string) => kept ?? "#lt;");

function drawingOf(markup: string): Drawing {
  // Through a document, so that the image is well-formed XML whatever the library wrote.
  const svg = new DOMParser().parseFromString(markup, "text/html").querySelector("svg");
  if (!svg) throw new Error("The diagram is empty");
  const [, , width = 300, height = 150] = (svg.getAttribute("viewBox") ?? "").split(/[\s,]+/).map(Number);
  svg.setAttribute("width", String(width));
  svg.setAttribute("height", String(height));
  const source = new XMLSerializer().serializeToString(svg);
  return { address: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(source)}`, svg: source, width, height };
}

/** A diagram drawn from its code; the library is fetched when the first one appears. */
export const drawingQuery = (code: string, dark: boolean) =>
  queryOptions({
    queryKey: ["mermaid", dark, code],
    queryFn: async () => {
      if (code.length > MAX_CHARACTERS) throw new Error("The diagram is too large to draw");
      const { default: mermaid } = await import("mermaid");
      mermaid.initialize({
        startOnLoad: false,
        securityLevel: "strict",
        suppressErrorRendering: true,
        theme: dark ? "dark" : "neutral",
        // Labels as SVG text: an image shows no HTML.
        htmlLabels: false,
        flowchart: { htmlLabels: false },
        fontFamily: "ui-sans-serif, system-ui, sans-serif",
      });
      drawn += 1;
      const { svg } = await mermaid.render(`mermaid-${drawn}`, withoutTags(code));
      return drawingOf(svg);
    },
    retry: false,
    staleTime: Infinity,
  });
