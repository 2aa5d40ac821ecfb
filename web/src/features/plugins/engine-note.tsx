import { useQuery } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";

import { connectionQuery } from "./queries";
import { text } from "./text";

/** Said where agents could not connect anyway. */
export function EngineNote() {
  const { data } = useQuery(connectionQuery);
  if (!data || data.is_enabled) return null;
  return (
    <p role="status" className="flex items-start gap-2 rounded-lg bg-warn-soft px-3 py-2 text-[13px] text-warn">
      <TriangleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
      <span>
        <strong className="font-medium">{text.offTitle}.</strong> {text.offText}
      </span>
    </p>
  );
}
