import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";

import { BackLink } from "@/components/back-link";
import { ErrorNote } from "@/components/error-note";
import { Page } from "@/components/page";
import { RowSkeleton } from "@/components/results";
import { Button } from "@/components/ui/button";

import { emptyDraft } from "./draft";
import { IntegrationForm } from "./integration-form";
import { useIntegrationProjects } from "./projects";
import { typesQuery } from "./queries";
import { text } from "./text";
import { TypeMark } from "./type-mark";

export function NewIntegrationPage() {
  const { type: name, project, scope } = useSearch({ from: "/app/integrations/new" });
  const { first, of } = useIntegrationProjects();
  const navigate = useNavigate();
  const query = useQuery(typesQuery);
  const type = query.data?.types.find((kind) => kind.name === name && kind.offered);
  const wanted = scope ?? (type?.personal === false ? "project" : "user");
  const where = project ?? (of[wanted].includes(first) ? first : (of[wanted][0] ?? first));
  return (
    <Page
      title={type ? text.newTitle(type.label) : text.add}
      description={type?.about}
      badge={type && <TypeMark type={type.name} className="size-7 text-[10px]" />}
      back={
        <BackLink to="/integrations" search={{ tab: "catalogue" }}>
          {text.catalogue}
        </BackLink>
      }
    >
      {query.isPending && <RowSkeleton label={text.loading} />}
      {query.isError && <ErrorNote title={text.loadFailed} error={query.error} onRetry={() => void query.refetch()} />}
      {query.isSuccess && !type && (
        <div className="grid justify-items-start gap-3 text-sm">
          <p>{name ? text.unknownType : text.chooseType}</p>
          <Button asChild>
            <Link to="/integrations" search={{ tab: "catalogue" }}>
              {text.catalogue}
            </Link>
          </Button>
        </div>
      )}
      {type && (
        <IntegrationForm
          key={type.name}
          type={type}
          setting={null}
          initial={emptyDraft(type, wanted, where)}
          egressIp={query.data?.egress_ip}
          onSaved={(settingId, draft) =>
            void (settingId
              ? navigate({ to: "/integrations/$scope/$settingId", params: { scope: draft.scope, settingId }, ignoreBlocker: true })
              : navigate({ to: "/integrations", search: draft.scope === "user" ? {} : { tab: "project" }, ignoreBlocker: true }))
          }
        />
      )}
    </Page>
  );
}
