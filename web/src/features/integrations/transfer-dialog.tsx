import { useState } from "react";

import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { RadioCards } from "@/components/ui/radio-cards";
import { Select } from "@/components/ui/select";

import { draftOf, requestOf } from "./draft";
import { useIntegrationProjects } from "./projects";
import { useCopySetting, useSaveSetting, type IntegrationType, type SettingDetail } from "./queries";
import { text } from "./text";

interface TransferDialogProps {
  type: IntegrationType;
  setting: SettingDetail;
  onClose: () => void;
}

const ONE_OF_A_KIND = new Set(["Webhook", "Scheduler"]);

/** Takes an integration to another project, or a copy of it. */
export function TransferDialog({ type, setting, onClose }: TransferDialogProps) {
  const { of, superuser } = useIntegrationProjects();
  const targets = of.user.filter((name) => name !== setting.project_name);
  const [target, setTarget] = useState(targets[0] ?? "");
  const [mode, setMode] = useState<"move" | "copy">("move");
  const move = useSaveSetting(setting.setting_type, setting.id);
  const copy = useCopySetting(setting);
  // By its alias: of a person's own there may be several of that name in the project.
  const copies = superuser && setting.setting_type === "project" && !ONE_OF_A_KIND.has(setting.credential_type);
  const error = mode === "move" ? move.error : copy.error;
  const onGo = () => {
    if (mode === "copy") copy.mutate(target, { onSuccess: onClose });
    else move.mutate({ json: requestOf(type, { ...draftOf(type, setting), project: target }, setting.credential_values) }, { onSuccess: onClose });
  };
  return (
    <Dialog open onOpenChange={onClose} title={text.transferTitle(setting.alias)} description={text.transferText}>
      {targets.length === 0 ? (
        <p className="text-[13px]">{text.noTargets}</p>
      ) : (
        <Field label={text.transferTo}>
          {(field) => <Select id={field.id} value={target} options={targets.map((name) => ({ value: name, label: name }))} onChange={setTarget} />}
        </Field>
      )}
      {copies && (
        <RadioCards
          label={text.transfer}
          value={mode}
          options={(["move", "copy"] as const).map((value) => ({ value, ...text.transferModes[value] }))}
          onChange={(value) => setMode(value as "move" | "copy")}
        />
      )}
      {error !== null && <ErrorNote title={text.transferFailed} error={error} />}
      <Button look="primary" className="justify-self-end" disabled={target === "" || move.isPending || copy.isPending} onClick={onGo}>
        {text.transferAction[mode]}
      </Button>
    </Dialog>
  );
}
