import { Eye } from "lucide-react";
import { useState } from "react";

import { Delayed } from "@/components/delayed";
import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";

import type { FormState } from "../draft";
import { usePreviewPrompt } from "../drafting";
import { text } from "../form-text";

/** The instructions with their values, as the model will read them; or why they cannot be filled in. */
export function PromptPreview({ form, id }: { form: FormState; id: string | null }) {
  const [open, setOpen] = useState(false);
  const preview = usePreviewPrompt();
  const show = () => {
    setOpen(true);
    preview.mutate({ form, id });
  };
  return (
    <>
      <Button size="sm" look="ghost" disabled={!form.system_prompt.trim()} onClick={show}>
        <Eye /> {text.preview}
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title={text.previewTitle} className="max-w-2xl">
        {preview.isPending && (
          <Delayed label={text.preview}>
            <div className="skeleton h-40" />
          </Delayed>
        )}
        {preview.isError && <ErrorNote title={text.previewFailed} error={preview.error} />}
        {preview.data && (
          // Scrolls, so the keyboard must reach it.
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          <pre tabIndex={0} className="max-h-[60dvh] overflow-y-auto rounded-lg border border-line bg-subtle p-3 font-sans text-[13px] whitespace-pre-wrap">
            {preview.data.rendered_prompt}
          </pre>
        )}
      </Dialog>
    </>
  );
}
