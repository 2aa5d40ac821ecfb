import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";

import { assistantQuery } from "@/features/assistants/queries";
import { useMocks } from "@/features/models/queries";

import { branchOf, nextPlace, versionBefore } from "./branches";
import { firstPlace } from "./history";
import { conversationQuery } from "./queries";
import { followRun, isWrittenElsewhere, useRun } from "./runs";
import { text } from "./text";
import type { Speaker } from "./turn-view";
import { turnsFrom } from "./turns";
import { useChosenBranch } from "./use-branch";

/** A conversation as it is stored and as it grows; `addressee` answers next, where somebody was chosen. */
export function useConversation(id: string, addressee: string | null) {
  const run = useRun(id);
  const query = useQuery({
    ...conversationQuery(id),
    enabled: !(run?.fresh && run.state === "running"),
    // What is stored of a reply that is written elsewhere grows too, until its stream can be followed.
    refetchInterval: ({ state }) => (!run && state.data?.history.at(-1)?.status === "running" ? 1_000 : false),
  });
  const data = query.data;
  const client = useQueryClient();
  const elsewhere = isWrittenElsewhere(data);
  useEffect(() => {
    const known = client.getQueryData(conversationQuery(id).queryKey);
    if (elsewhere && known) void followRun(client, known);
  }, [client, id, elsewhere]);
  const all = useMemo(() => (data ? turnsFrom(data.history, firstPlace(data)) : []), [data]);
  const chosen = useChosenBranch();
  const [index, parentVariant] = run ? [run.index, run.parentVariant] : [null, null];
  const turns = useMemo(
    () => branchOf(all, index === null ? chosen : versionBefore(all, index, parentVariant)),
    [all, chosen, index, parentVariant],
  );
  const newest = useMemo(() => branchOf(all, null).at(-1)?.shown, [all]);
  const assistantId = addressee ?? run?.assistantId ?? data?.assistant_ids[0] ?? data?.initial_assistant_id ?? "";
  const assistant = useQuery({ ...assistantQuery(assistantId), enabled: assistantId !== "" });
  const isMockModel = useMocks();
  const next = data?.llm_model ?? assistant.data?.llm_model_type;
  const isMock = (model: string | null) => isMockModel(model ?? next);
  const partOf = (wanted: string | null) => data?.assistant_data.find((item) => item.assistant_id === wanted);
  const nameOf = (wanted: string | null) => partOf(wanted)?.assistant_name ?? assistant.data?.name ?? text.assistant;
  const iconOf = (wanted: string | null) => {
    const part = partOf(wanted);
    return (part ? part.assistant_icon : assistant.data?.icon_url) ?? null;
  };
  const speaker: Speaker = { conversationId: id, assistantId, isMock, nameOf, iconOf, closed: Boolean(data?.finished_at) };
  return { run, query, speaker, assistant: assistant.data, turns, newest, next: nextPlace(all, turns) };
}
