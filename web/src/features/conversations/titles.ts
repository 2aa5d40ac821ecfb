import type { QueryClient } from "@tanstack/react-query";

import { featuresQuery } from "@/features/identity/configuration";

import { conversationQuery } from "./queries";

const TITLE_MS = [1_500, 4_000, 10_000] as const;

/** Where a model titles new conversations, looks for the title of this one until it is there, or long enough. */
export async function awaitTitle(client: QueryClient, id: string): Promise<void> {
  const features = await client.query(featuresQuery).catch((): string[] => []);
  if (!features.includes("features:chatContextualNaming")) return;
  const before = client.getQueryData(conversationQuery(id).queryKey)?.conversation_name;
  for (const delay of TITLE_MS) {
    await new Promise((resolve) => window.setTimeout(resolve, delay));
    const stored = await client.query({ ...conversationQuery(id), staleTime: 0 }).catch(() => null);
    if (stored?.conversation_name !== before) break;
  }
  await client.invalidateQueries({ queryKey: ["conversations", "list"] });
}
