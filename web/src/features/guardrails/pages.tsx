import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Trash2 } from "lucide-react";
import { useState } from "react";

import { BackLink } from "@/components/back-link";
import { ErrorNote } from "@/components/error-note";
import { Page } from "@/components/page";
import { RowSkeleton } from "@/components/results";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Tabs } from "@/components/ui/tabs";

import { draftOf, emptyDraft } from "./draft";
import { GuardrailForm } from "./guardrail-form";
import { useKeptProjects } from "./projects";
import { guardrailQuery, standingQuery, useDeleteGuardrail, type Guardrail } from "./queries";
import { StandingEditor } from "./standing-editor";
import { text } from "./text";

export function NewGuardrailPage() {
  const { project } = useSearch({ from: "/app/administration/guardrails/new" });
  const { first } = useKeptProjects();
  const navigate = useNavigate();
  return (
    <Page title={text.createTitle} back={<BackLink to="/administration/guardrails">{text.back}</BackLink>}>
      <GuardrailForm
        id={null}
        initial={emptyDraft(project ?? first)}
        onCreated={(guardrailId) =>
          void navigate({ to: "/administration/guardrails/$guardrailId", params: { guardrailId }, search: { tab: "standing" }, ignoreBlocker: true })
        }
      />
    </Page>
  );
}

function DeleteGuardrail({ guardrail }: { guardrail: Guardrail }) {
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const remove = useDeleteGuardrail(guardrail.guardrailId);
  const onGone = () => void navigate({ to: "/administration/guardrails", search: { project: guardrail.project }, ignoreBlocker: true });
  return (
    <>
      <Button onClick={() => setAsking(true)}>
        <Trash2 /> {text.delete}
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={text.deleteTitle(guardrail.name)}
        consequence={text.deleteConsequence}
        action={text.delete}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate(undefined, { onSuccess: onGone })}
      />
    </>
  );
}

function StandingTab({ guardrail }: { guardrail: Guardrail }) {
  const query = useQuery({ ...standingQuery(guardrail.guardrailId), staleTime: Infinity });
  if (query.isPending) return <RowSkeleton label={text.loading} />;
  if (query.isError) return <ErrorNote title={text.standingFailed} error={query.error} onRetry={() => void query.refetch()} />;
  return <StandingEditor id={guardrail.guardrailId} project={guardrail.project} standing={query.data} />;
}

function Parts({ guardrail, tab }: { guardrail: Guardrail; tab: "rules" | "standing" }) {
  const params = { guardrailId: guardrail.guardrailId };
  const to = "/administration/guardrails/$guardrailId" as const;
  if (!guardrail.rules) return <p className="text-sm text-fg-muted">{text.readOnly}</p>;
  return (
    <>
      <Tabs
        label={text.tabs}
        current={tab}
        tabs={[
          { key: "rules", label: text.tabRules, link: { to, params, search: {} } },
          { key: "standing", label: text.tabStanding, link: { to, params, search: { tab: "standing" } } },
        ]}
      />
      {tab === "rules" ? <GuardrailForm id={guardrail.guardrailId} initial={draftOf(guardrail)} /> : <StandingTab guardrail={guardrail} />}
    </>
  );
}

export function GuardrailPage() {
  const { guardrailId } = useParams({ from: "/app/administration/guardrails/$guardrailId" });
  const { tab } = useSearch({ from: "/app/administration/guardrails/$guardrailId" });
  const query = useQuery(guardrailQuery(guardrailId));
  const guardrail = query.data;
  return (
    <Page
      title={guardrail?.name ?? text.title}
      description={guardrail && text.of(text.project, guardrail.project)}
      back={
        <BackLink to="/administration/guardrails" search={guardrail ? { project: guardrail.project } : {}}>
          {text.back}
        </BackLink>
      }
      actions={guardrail?.user_abilities?.includes("delete") && <DeleteGuardrail guardrail={guardrail} />}
    >
      {query.isPending && <RowSkeleton label={text.loading} />}
      {query.isError && <ErrorNote title={text.openFailed} error={query.error} onRetry={() => void query.refetch()} />}
      {guardrail && <Parts key={guardrail.guardrailId} guardrail={guardrail} tab={tab ?? "rules"} />}
    </Page>
  );
}
