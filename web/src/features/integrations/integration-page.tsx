import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ArrowRightLeft, KeyRound, Trash2 } from "lucide-react";
import { useEffect, useState } from "react";

import { BackLink } from "@/components/back-link";
import { ErrorNote } from "@/components/error-note";
import { Page } from "@/components/page";
import { RowSkeleton } from "@/components/results";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Tabs } from "@/components/ui/tabs";

import { draftOf } from "./draft";
import { IntegrationForm } from "./integration-form";
import { savedTestKey, settingQuery, typesQuery, useRemoveSetting, type IntegrationType, type SettingDetail } from "./queries";
import { RotateDialog } from "./rotate-dialog";
import { text } from "./text";
import { TransferDialog } from "./transfer-dialog";
import { TypeMark } from "./type-mark";
import { UsageList } from "./usage-list";

function DeleteIntegration({ setting, onClose }: { setting: SettingDetail; onClose: () => void }) {
  const navigate = useNavigate();
  const remove = useRemoveSetting(setting.setting_type, setting.id);
  const onGone = () => void navigate({ to: "/integrations", search: setting.setting_type === "user" ? {} : { tab: "project" }, ignoreBlocker: true });
  return (
    <Confirm
      open
      onOpenChange={onClose}
      title={text.removeTitle(setting.alias)}
      consequence={text.removeText}
      action={text.remove}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(undefined, { onSuccess: onGone })}
    >
      <UsageList setting={setting} lead={text.usageBreaks} />
    </Confirm>
  );
}

function Actions({ type, setting }: { type: IntegrationType; setting: SettingDetail }) {
  const [open, setOpen] = useState<"rotate" | "transfer" | "delete" | null>(null);
  const close = () => setOpen(null);
  return (
    <>
      {setting.user_abilities.includes("write") && (
        <>
          <Button onClick={() => setOpen("rotate")}>
            <KeyRound /> {text.rotate}
          </Button>
          <Button onClick={() => setOpen("transfer")}>
            <ArrowRightLeft /> {text.transfer}
          </Button>
        </>
      )}
      {setting.user_abilities.includes("delete") && (
        <Button onClick={() => setOpen("delete")}>
          <Trash2 /> {text.remove}
        </Button>
      )}
      {open === "rotate" && <RotateDialog type={type} setting={setting} onClose={close} />}
      {open === "transfer" && <TransferDialog type={type} setting={setting} onClose={close} />}
      {open === "delete" && <DeleteIntegration setting={setting} onClose={close} />}
    </>
  );
}

function Parts({ type, setting, egressIp }: { type: IntegrationType; setting: SettingDetail; egressIp: string | null | undefined }) {
  const { tab = "settings" } = useSearch({ from: "/app/integrations/$scope/$settingId" });
  const [saved, setSaved] = useState(false);
  const client = useQueryClient();
  const { setting_type, id } = setting;
  useEffect(() => () => client.removeQueries({ queryKey: savedTestKey(setting_type, id) }), [client, setting_type, id]);
  const params = { scope: setting.setting_type, settingId: setting.id };
  const to = "/integrations/$scope/$settingId" as const;
  return (
    <>
      <Tabs
        label={text.parts}
        current={tab}
        tabs={[
          { key: "settings", label: text.settings, link: { to, params, search: {} } },
          { key: "usage", label: text.usage, link: { to, params, search: { tab: "usage" } } },
        ]}
      />
      {tab === "usage" ? (
        <UsageList setting={setting} />
      ) : (
        // Begun anew when something else is stored: a secret that was typed is then one that is kept.
        <IntegrationForm
          key={setting.update_date}
          type={type}
          setting={setting}
          initial={draftOf(type, setting)}
          egressIp={egressIp}
          saved={saved}
          onSaved={() => setSaved(true)}
        />
      )}
    </>
  );
}

export function IntegrationPage() {
  const { scope, settingId } = useParams({ from: "/app/integrations/$scope/$settingId" });
  const query = useQuery(settingQuery(scope === "project" ? "project" : "user", settingId));
  const types = useQuery(typesQuery);
  const setting = query.data;
  const type = types.data?.types.find(({ name }) => name === setting?.credential_type);
  const error = query.error ?? types.error;
  return (
    <Page
      title={setting?.alias ?? text.title}
      description={setting && type && `${type.label} · ${setting.is_global ? text.everywhere : setting.project_name}`}
      badge={setting && <TypeMark type={setting.credential_type} className="size-7 text-[10px]" />}
      back={
        <BackLink to="/integrations" search={scope === "project" ? { tab: "project" } : {}}>
          {text.back}
        </BackLink>
      }
      actions={setting && type && <Actions type={type} setting={setting} />}
    >
      {error !== null && <ErrorNote title={text.openFailed} error={error} onRetry={() => void query.refetch()} />}
      {error === null && !(setting && type) && <RowSkeleton label={text.loading} />}
      {setting && type && <Parts type={type} setting={setting} egressIp={types.data?.egress_ip} />}
    </Page>
  );
}
