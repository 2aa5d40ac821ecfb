import { useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";

import { BackLink } from "@/components/back-link";
import { ErrorNote } from "@/components/error-note";
import { Page } from "@/components/page";
import { Section } from "@/components/section";
import { Button } from "@/components/ui/button";
import { Progress } from "@/components/ui/progress";
import { Tabs } from "@/components/ui/tabs";
import { GuardPicker } from "@/features/guardrails/guard-picker";
import { chosenOf, type Guard } from "@/features/guardrails/guards";
import { defaultProject, sessionQuery } from "@/features/identity/queries";

import { FileDrop, fileProblem } from "./file-drop";
import { filesFilter, GitFields, gitProblems, type GitSettings } from "./git-fields";
import { useCreateFileSource, useCreateGitSource } from "./queries";
import { AccessPart, BasicsPart, nameProblem, type Basics } from "./source-fields";
import { text } from "./text";

export function BackToKnowledge() {
  return <BackLink to="/knowledge">{text.back}</BackLink>;
}

/** Everything that is typed, and the submit of the kind in view. */
function useSourceForm(type: "file" | "git") {
  const { data: user } = useSuspenseQuery(sessionQuery);
  const navigate = useNavigate();
  const [basics, setBasics] = useState<Basics>({ name: "", description: "", shared: false });
  const [git, setGit] = useState<GitSettings>({ link: "", branch: "main", include: "", exclude: "", setting_id: null });
  const [files, setFiles] = useState<File[]>([]);
  const [guards, setGuards] = useState<Guard[]>([]);
  const [tried, setTried] = useState(false);
  const [share, setShare] = useState(0);
  const createFile = useCreateFileSource(setShare);
  const createGit = useCreateGitSource();
  const create = type === "file" ? createFile : createGit;
  const project = defaultProject(user);

  const filesError = fileProblem(files) ?? (tried && files.length === 0 ? text.filesMissing : undefined);
  const sourceValid = type === "file" ? files.length > 0 && !fileProblem(files) : Object.keys(gitProblems(git)).length === 0;
  const submit = () => {
    setTried(true);
    if (nameProblem(basics.name) || !sourceValid) return;
    const draft = { ...basics, description: basics.description.trim() || basics.name, project, guards: chosenOf(guards) };
    const done = {
      onSuccess: (id: string | null) =>
        void (id ? navigate({ to: "/knowledge/$sourceId", params: { sourceId: id } }) : navigate({ to: "/knowledge" })),
    };
    if (type === "file") createFile.mutate({ ...draft, files }, done);
    else createGit.mutate({ ...draft, link: git.link.trim(), branch: git.branch.trim(), setting_id: git.setting_id, filesFilter: filesFilter(git) }, done);
  };
  return { basics, setBasics, git, setGit, files, setFiles, guards, setGuards, project, tried, share, create, filesError, submit };
}

export function CreateSourcePage() {
  const { type } = useSearch({ from: "/app/knowledge/new" });
  const form = useSourceForm(type);
  const { create, share } = form;
  const patch = (change: Partial<Basics>) => form.setBasics((now) => ({ ...now, ...change }));
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    form.submit();
  };
  const busy = type === "file" && share < 1 ? text.uploading(Math.round(share * 100)) : text.creating;
  return (
    <Page title={text.createTitle} back={<BackToKnowledge />}>
      <Tabs
        label={text.kind}
        current={type}
        tabs={[
          { key: "file", label: text.files, link: { to: "/knowledge/new", search: { type: "file" } } },
          { key: "git", label: text.git, link: { to: "/knowledge/new", search: { type: "git" } } },
        ]}
      />
      <form noValidate onSubmit={onSubmit}>
        <BasicsPart value={form.basics} onChange={patch} tried={form.tried} />
        {type === "file" ? (
          <Section title={text.files}>
            <FileDrop files={form.files} onChange={form.setFiles} error={form.filesError} />
          </Section>
        ) : (
          <GitFields value={form.git} project={form.project} onChange={(change) => form.setGit((now) => ({ ...now, ...change }))} tried={form.tried} />
        )}
        <AccessPart value={form.basics} onChange={patch} />
        <Section title={text.guards} text={text.guardsText}>
          <GuardPicker of="source" project={form.project} value={form.guards} onChange={form.setGuards} />
        </Section>
        <div className="grid gap-3 border-t border-line py-4">
          {create.isError && <ErrorNote title={text.createFailed} error={create.error} onRetry={form.submit} />}
          {create.isPending && type === "file" && <Progress share={share} label={busy} />}
          <Button type="submit" look="primary" className="justify-self-end" disabled={create.isPending}>
            {create.isPending ? busy : text.create}
          </Button>
        </div>
      </form>
    </Page>
  );
}
