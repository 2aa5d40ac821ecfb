import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ArrowLeft, Download, File, FileCode, FileImage, FileSpreadsheet, FileText, FolderOpen, X } from "lucide-react";

import { Delayed } from "@/components/delayed";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { bytes } from "@/lib/format";

import { FilePreview } from "./file-preview";
import { SidePanel } from "./side-panel";
import { text } from "./text";
import { downloadAddress, workspaceQuery, type Workspace, type WorkspaceFile } from "./workspace-queries";

function FileIcon({ file }: { file: WorkspaceFile }) {
  const Icon = file.mime_type.startsWith("image/")
    ? FileImage
    : /csv|spreadsheet|excel/.test(file.mime_type)
      ? FileSpreadsheet
      : /json|xml|script|python|x-/.test(file.mime_type)
        ? FileCode
        : file.mime_type.startsWith("text/") || file.mime_type === "application/pdf"
          ? FileText
          : File;
  return <Icon className="size-4 shrink-0 text-fg-muted" aria-hidden />;
}

function FileList({ workspace }: { workspace: Workspace }) {
  if (workspace.files.length === 0) return <EmptyState icon={FolderOpen} title={text.noFiles} text={text.noFilesText} />;
  return (
    <ul className="grid grid-cols-[minmax(0,1fr)] gap-px overflow-y-auto p-2">
      {workspace.files.map((file) => (
        <li key={file.path} className="flex items-center gap-1 rounded-md hover:bg-muted">
          <Link to="." search={(now) => ({ ...now, file: file.path })} className="flex min-w-0 flex-1 items-center gap-2.5 px-2 py-1.5">
            <FileIcon file={file} />
            <span className="grid min-w-0 flex-1">
              <span className="truncate text-[13px]">{file.path}</span>
              <span className="text-xs text-fg-muted tabular-nums">
                {bytes(file.size)}
                {file.update_date && (
                  <>
                    {" · "}
                    <Time value={file.update_date} />
                  </>
                )}
              </span>
            </span>
          </Link>
          <DownloadLink workspace={workspace} path={file.path} />
        </li>
      ))}
    </ul>
  );
}

function DownloadLink({ workspace, path }: { workspace: Workspace; path: string }) {
  return (
    <Button asChild look="ghost" size="icon-sm">
      <a href={downloadAddress(workspace.id, path)} download aria-label={text.downloadFile(path)}>
        <Download />
      </a>
    </Button>
  );
}

function Head({ title, workspace, file, onClose }: { title: string; workspace: Workspace | undefined; file: string | undefined; onClose: () => void }) {
  return (
    <header className="flex h-12 shrink-0 items-center gap-1 border-b border-line pr-2 pl-3">
      {file && (
        <Button asChild look="ghost" size="icon-sm">
          <Link to="." search={({ file: _file, ...rest }) => rest} aria-label={text.allFiles}>
            <ArrowLeft />
          </Link>
        </Button>
      )}
      <h2 className="min-w-0 flex-1 truncate px-1 text-[13px] font-semibold">{title}</h2>
      {workspace && file && <DownloadLink workspace={workspace} path={file} />}
      <IconButton label={text.close} size="icon" onClick={onClose}>
        <X />
      </IconButton>
    </header>
  );
}

/** Files of the conversation: what was attached and what an agent wrote. What is open is part of the address. */
export function FilesPanel() {
  const { conversationId } = useParams({ strict: false });
  const { panel, file: path } = useSearch({ from: "/app/chat" });
  const navigate = useNavigate();
  const query = useQuery({ ...workspaceQuery(conversationId ?? ""), enabled: panel === "files" && Boolean(conversationId) });
  if (panel !== "files" || !conversationId) return null;
  const close = () => void navigate({ to: ".", search: ({ panel: _panel, file: _file, ...rest }) => rest });
  const workspace = query.data;
  const file = workspace?.files.find((item) => item.path === path);
  return (
    <SidePanel label={text.files} onClose={close}>
      <div className="flex h-full min-h-0 flex-col">
        <Head title={file?.path ?? text.files} workspace={workspace} file={path} onClose={close} />
        {query.isPending && (
          <Delayed label={text.files}>
            <div className="grid gap-2 p-3">
              <div className="skeleton h-11" />
              <div className="skeleton h-11" />
            </div>
          </Delayed>
        )}
        {query.isError && (
          <div className="p-3">
            <ErrorNote title={text.filesFailed} error={query.error} onRetry={() => void query.refetch()} />
          </div>
        )}
        {workspace && !path && <FileList workspace={workspace} />}
        {workspace && path && (file ? <FilePreview workspaceId={workspace.id} file={file} /> : <EmptyState icon={File} title={text.fileGone} text={text.fileGoneText} />)}
      </div>
    </SidePanel>
  );
}
