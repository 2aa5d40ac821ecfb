import { createContext, use } from "react";

/** Set where files are read through a share link. */
const ShareTokenContext = createContext<string | null>(null);

export const ShareToken = ShareTokenContext.Provider;

/** The address of an attached file for whoever looks at it here. */
export function useFileAddress(): (path: string) => string {
  const token = use(ShareTokenContext);
  return (path) => (token === null ? path : `${path}?share_token=${encodeURIComponent(token)}`);
}
