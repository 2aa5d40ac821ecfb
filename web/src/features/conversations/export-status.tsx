import { LoaderCircle } from "lucide-react";

import { ErrorNote } from "@/components/error-note";
import { Dialog } from "@/components/ui/dialog";

import type { useDownload } from "./download";
import { text } from "./text";

/** What an export is doing, and why it failed. */
export function ExportStatus({ download }: { download: ReturnType<typeof useDownload> }) {
  const { variables, isPending, isError, error } = download;
  return (
    <>
      <p role="status" className={isPending ? "flex items-center gap-1.5 text-xs whitespace-nowrap text-fg-muted" : "sr-only"}>
        {isPending && <LoaderCircle className="size-3.5 animate-spin" aria-hidden />}
        {isPending && <span className="max-sm:sr-only">{text.exporting(variables.label)}</span>}
        {download.isSuccess && text.exported(download.variables.label)}
      </p>
      <Dialog open={isError} onOpenChange={() => download.reset()} title={text.exportFailed(variables?.label ?? "")}>
        <ErrorNote error={error} onRetry={variables && (() => download.mutate(variables))} />
      </Dialog>
    </>
  );
}
