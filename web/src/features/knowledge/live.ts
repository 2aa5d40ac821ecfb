import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { url } from "@/api/client";

import { sourceQuery, type SourceDetail } from "./queries";
import { statusOf, type Progress } from "./status";

/** Follows a source's progress events while it is indexed; when the stream cannot be had, asks every two seconds. */
export function useLiveSource(id: string) {
  const client = useQueryClient();
  const [cut, setCut] = useState(false);
  const options = sourceQuery(id);
  const query = useQuery({
    ...options,
    refetchInterval: ({ state }) => (cut && state.data && statusOf(state.data).running ? 2_000 : false),
  });
  const running = query.data ? statusOf(query.data).running : false;
  useEffect(() => {
    if (!running) return;
    const events = new EventSource(url(`/index/${id}/events`));
    const key = sourceQuery(id).queryKey;
    events.onmessage = (event: MessageEvent<string>) => {
      const progress = JSON.parse(event.data) as Partial<Progress>;
      setCut(false);
      client.setQueryData<SourceDetail>(key, (now) => now && { ...now, ...progress });
    };
    events.onerror = () => {
      // The server ends the stream when indexing is over; a cut stream looks the same, so the row decides.
      setCut(true);
      void client.invalidateQueries({ queryKey: key });
    };
    return () => {
      events.close();
      void client.invalidateQueries({ queryKey: ["sources"] });
    };
  }, [client, id, running]);
  return query;
}
