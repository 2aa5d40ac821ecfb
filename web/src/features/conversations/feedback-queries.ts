import { useMutation, useQueryClient } from "@tanstack/react-query";

import { request } from "@/api/client";

import { firstPlace } from "./history";
import { conversationQuery } from "./queries";
import type { Reply } from "./turns";
import type { Mark } from "./wire";

interface Judged {
  conversationId: string;
  question: string;
  reply: Reply;
}

/** Gives, changes or (with null) takes back what the reader thinks of an answer; shown at once, undone when refused. */
export function useFeedback({ conversationId, question, reply }: Judged) {
  const client = useQueryClient();
  const { queryKey } = conversationQuery(conversationId);
  const about = { conversationId, messageIndex: reply.place, assistant_id: reply.assistantId, author: "user" };
  const show = (mark: Mark | null) =>
    client.setQueryData(queryKey, (now) =>
      now && { ...now, history: now.history.map((item, at) => (firstPlace(now) + at === reply.place ? { ...item, userMark: mark } : item)) },
    );
  return useMutation({
    mutationFn: async (mark: Pick<Mark, "mark" | "comments"> | null) => {
      const feedback_id = reply.mark?.feedback_id;
      if (!mark) {
        await request("/feedback", { method: "DELETE", json: { ...about, feedbackId: feedback_id } });
        return null;
      }
      const json = { ...about, ...mark, feedback_id, request: question, response: reply.text };
      const { id } = await request<{ id: string }>("/feedback", { method: "POST", json });
      return { ...mark, feedback_id: id };
    },
    onMutate: (mark) => {
      const before = reply.mark;
      show(mark && { ...mark, feedback_id: before?.feedback_id ?? "" });
      return before;
    },
    onSuccess: (mark) => show(mark),
    onError: (_error, _mark, before) => show(before ?? null),
  });
}
