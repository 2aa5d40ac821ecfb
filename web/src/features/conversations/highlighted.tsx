import { useQuery } from "@tanstack/react-query";
import { memo, useDeferredValue, useMemo, type CSSProperties } from "react";

import { grammarOf, highlighterQuery, tokens } from "./highlight";

/** Beyond this a single block would stall typing; it is shown plain. */
const MAX_CHARACTERS = 60_000;

/** Code in colour once its grammar has arrived, plain until then: same text, same size, no jump. */
export const Highlighted = memo(function Highlighted({ code, language }: { code: string; language: string }) {
  const grammar = grammarOf(language);
  const { data: highlighter } = useQuery({ ...highlighterQuery(grammar ?? ""), enabled: grammar !== null });
  const settled = useDeferredValue(code);
  const lines = useMemo(
    () => (highlighter && grammar && settled.length < MAX_CHARACTERS ? tokens(highlighter, grammar, settled) : null),
    [highlighter, grammar, settled],
  );
  if (!lines) return code;
  // While new text streams in, the part that was not coloured yet follows plain.
  const tail = code.startsWith(settled) ? code.slice(settled.length) : "";
  return (
    <>
      {lines.map((line, row) => (
        <span key={row}>
          {line.map((token, column) => (
            <span key={column} className="code-token" style={token.htmlStyle as CSSProperties}>
              {token.content}
            </span>
          ))}
          {row < lines.length - 1 && "\n"}
        </span>
      ))}
      {tail}
    </>
  );
});
