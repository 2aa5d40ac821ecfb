import { useState, type DragEvent } from "react";

import { useUpdateConversation } from "./queries";

const KIND = "application/x-codemie-conversation";

/** Lets the link of a conversation be dragged onto a folder. */
export const dragOf = (id: string) => (event: DragEvent) => {
  event.dataTransfer.setData(KIND, id);
  event.dataTransfer.effectAllowed = "move";
};

/** A place that takes conversations into a folder; the empty name takes them out of theirs. */
export function useDropOfConversation(folder: string) {
  const [over, setOver] = useState(false);
  const move = useUpdateConversation();
  const handlers = {
    onDragOver: (event: DragEvent) => {
      if (!event.dataTransfer.types.includes(KIND)) return;
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: () => setOver(false),
    onDrop: (event: DragEvent) => {
      const id = event.dataTransfer.getData(KIND);
      setOver(false);
      if (!id) return;
      event.preventDefault();
      move.mutate({ id, folder });
    },
  };
  return { over, move, handlers };
}
