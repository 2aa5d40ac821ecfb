import { useNavigate } from "@tanstack/react-router";

import { ImportIntoProject } from "@/features/identity/import-into-project";

import { useImport } from "./detail-queries";
import { text } from "./text";

/** Makes an assistant from an exported file, and goes to it. */
export function ImportDialog({ onClose }: { onClose: () => void }) {
  const bring = useImport();
  const navigate = useNavigate();
  return (
    <ImportIntoProject
      text={text}
      accept=".zip,.yaml,.yml"
      mutation={bring}
      onMade={(made) => void navigate({ to: "/assistants/$assistantId", params: { assistantId: made.assistantId ?? "" } })}
      onClose={onClose}
    />
  );
}
