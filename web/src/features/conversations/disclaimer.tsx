import { useQuery } from "@tanstack/react-query";
import ReactMarkdown from "react-markdown";

import { disclaimerQuery } from "@/features/identity/configuration";

// Blocks are refused where the text is saved; what slips through is shown as plain words.
const INLINE = ["p", "strong", "em", "a", "code", "br", "del"];

/** The notice below the message box, in one size with the hints there. Without one, nothing takes its place. */
export function Disclaimer() {
  const { data: notice } = useQuery(disclaimerQuery);
  if (!notice) return null;
  return (
    <div className="mt-2 text-center text-xs text-fg-muted [&_a]:underline [&_a]:underline-offset-2">
      <ReactMarkdown
        allowedElements={INLINE}
        unwrapDisallowed
        components={{
          a: ({ href, children }) => (
            <a href={href} target="_blank" rel="noreferrer">
              {children}
            </a>
          ),
        }}
      >
        {notice}
      </ReactMarkdown>
    </div>
  );
}
