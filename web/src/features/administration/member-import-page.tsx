import { useNavigate, useParams } from "@tanstack/react-router";
import { CircleAlert, CircleCheck, FileUp } from "lucide-react";
import { useRef, useState } from "react";

import type { Schemas } from "@/api/schema";
import { BackLink } from "@/components/back-link";
import { DataTable, type Column } from "@/components/data-table";
import { ErrorNote } from "@/components/error-note";
import { Page } from "@/components/page";
import { Button } from "@/components/ui/button";

import { useImportMembers, usePreviewImport } from "./project-queries";
import { text } from "./project-text";

type Row = Schemas["ImportedRow"] & { key: string };

const TEMPLATE = `data:text/csv;charset=utf-8,${encodeURIComponent("email,role\nada@example.com,user\ngrace@example.com,project_admin\n")}`;

const COLUMNS: readonly Column<Row>[] = [
  { key: "email", label: text.email, cell: ({ email }) => <span className="block truncate">{email}</span> },
  { key: "role", label: text.role, className: "w-32", cell: ({ role }) => (role === "project_admin" ? text.admin : role === "user" ? text.member : role) },
  {
    key: "verdict",
    label: text.verdict,
    className: "w-2/5",
    cell: ({ error }) =>
      error ? (
        <span className="inline-flex items-start gap-1.5 text-bad">
          <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden /> {error}
        </span>
      ) : (
        <span className="inline-flex items-start gap-1.5 text-good">
          <CircleCheck className="mt-0.5 size-4 shrink-0" aria-hidden /> {text.fine}
        </span>
      ),
  },
];

function Preview({ rows, wrong }: { rows: readonly Schemas["ImportedRow"][]; wrong: number }) {
  // Wrong rows first: they are what has to be dealt with.
  const sorted = rows.map((row, index) => ({ ...row, key: String(index) })).sort((one, other) => Number(other.error !== null) - Number(one.error !== null));
  return (
    <div className="grid gap-2">
      <p role="status" className={wrong ? "text-sm text-bad" : "text-sm text-good"}>
        {wrong ? text.someWrong(wrong, rows.length) : text.allFine(rows.length)}
      </p>
      <DataTable label={text.verdict} rows={sorted} columns={COLUMNS} rowKey={({ key }) => key} />
    </div>
  );
}

/** Choose, look, import. Nothing is written before the preview was seen. */
function useImport(projectName: string) {
  const navigate = useNavigate();
  const [file, setFile] = useState<File | null>(null);
  const preview = usePreviewImport(projectName);
  const run = useImportMembers(projectName);
  const choose = (next: File | undefined) => {
    if (!next) return;
    run.reset();
    setFile(next);
    preview.mutate(next);
  };
  const submit = () => {
    if (!file) return;
    run.mutate(file, { onSuccess: () => void navigate({ to: "/administration/projects/$projectName", params: { projectName } }) });
  };
  return { file, preview, run, choose, submit };
}

export function ImportMembersPage() {
  const { projectName } = useParams({ from: "/app/administration/projects/$projectName/import" });
  const { file, preview, run, choose, submit } = useImport(projectName);
  const input = useRef<HTMLInputElement>(null);
  const rows = preview.data?.users ?? [];
  const wrong = rows.filter(({ error }) => error !== null).length;
  return (
    <Page
      title={text.importTitle}
      description={text.importText}
      back={
        <BackLink to="/administration/projects/$projectName" params={{ projectName }}>
          {projectName}
        </BackLink>
      }
    >
      <div className="grid gap-4">
        <div className="flex flex-wrap items-center gap-2">
          <input
            ref={input}
            type="file"
            accept=".csv,text/csv"
            aria-label={text.chooseFile}
            className="hidden"
            onChange={(event) => {
              choose(event.target.files?.[0]);
              event.target.value = ""; // The same file, corrected, must be taken again.
            }}
          />
          <Button look={file ? "outline" : "primary"} onClick={() => input.current?.click()}>
            <FileUp /> {file ? text.otherFile : text.chooseFile}
          </Button>
          {file ? (
            <span className="truncate text-[13px] text-fg-muted">{file.name}</span>
          ) : (
            <Button asChild look="ghost">
              <a href={TEMPLATE} download="members.csv">
                {text.template}
              </a>
            </Button>
          )}
        </div>
        {preview.isPending && <p className="text-[13px] text-fg-muted">{text.checking}</p>}
        {preview.isError && <ErrorNote title={text.previewFailed} error={preview.error} />}
        {rows.length > 0 && <Preview rows={rows} wrong={wrong} />}
        {run.isError && <ErrorNote title={text.importFailed} error={run.error} />}
        {rows.length > 0 && wrong === 0 && (
          <Button look="primary" className="justify-self-end" disabled={run.isPending} onClick={submit}>
            {run.isPending ? text.importing : text.importAction(rows.length)}
          </Button>
        )}
      </div>
    </Page>
  );
}
