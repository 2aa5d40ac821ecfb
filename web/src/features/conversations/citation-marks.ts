import type { Link, Node, Root, Text } from "mdast";
import { SKIP, visitParents } from "unist-util-visit-parents";

const MARK = /\[(\d{1,3})\]/g;

export const CITATION_PREFIX = "#cite-";

function pieces(node: Text): (Text | Link)[] {
  const parts: (Text | Link)[] = [];
  let from = 0;
  for (const match of node.value.matchAll(MARK)) {
    if (match.index > from) parts.push({ type: "text", value: node.value.slice(from, match.index) });
    const number = match[1] ?? "";
    parts.push({ type: "link", url: `${CITATION_PREFIX}${number}`, children: [{ type: "text", value: number }] });
    from = match.index + match[0].length;
  }
  if (from < node.value.length) parts.push({ type: "text", value: node.value.slice(from) });
  return parts;
}

/** Turns `[1]` in running text (not in code, not inside links) into a link that is rendered as a citation chip. */
export function citationMarks() {
  return (tree: Root) => {
    visitParents(tree, "text", (node, ancestors) => {
      const parent = ancestors.at(-1);
      if (!parent || parent.type === "link" || parent.type === "linkReference" || !/\[\d/.test(node.value)) return undefined;
      const at = (parent.children as Node[]).indexOf(node);
      const parts = pieces(node);
      parent.children.splice(at, 1, ...(parts as never[]));
      return [SKIP, at + parts.length];
    });
  };
}
