import { useState, type SyntheticEvent } from "react";

import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";

import { DiagnosisReport } from "./diagnosis";
import { draftOf, MASK, requestOf, shownKeys } from "./draft";
import { FreeValues } from "./free-values";
import { KeyField } from "./key-field";
import { useDiagnose, useSaveSetting, type Diagnosis, type IntegrationType, type SettingDetail } from "./queries";
import { text } from "./text";

interface RotateDialogProps {
  type: IntegrationType;
  setting: SettingDetail;
  onClose: () => void;
}

/** Replaces secrets and nothing else; what does not work is not saved. */
export function RotateDialog({ type, setting, onClose }: RotateDialogProps) {
  const [draft, setDraft] = useState(() => draftOf(type, setting));
  const trial = useDiagnose();
  const save = useSaveSetting(setting.setting_type, setting.id);
  const secrets = shownKeys(type, draft.values).filter((key) => key.secret && (key.required || draft.values[key.name] !== "" || !setting.credential_values.length));
  const before = draftOf(type, setting);
  const replaced =
    secrets.some((key) => draft.values[key.name] !== MASK && draft.values[key.name] !== "" && draft.values[key.name] !== before.values[key.name]) ||
    draft.free.some(({ value }) => value !== MASK && value !== "");
  const empty = secrets.some((key) => key.required && draft.values[key.name] === "");
  const onSubmit = async (event: SyntheticEvent) => {
    event.preventDefault();
    const request = requestOf(type, draft, setting.credential_values);
    let tested: Diagnosis | null = null;
    if (type.testable) {
      const { credential_type, credential_values } = request;
      tested = await trial.mutateAsync({ setting_id: setting.id, credential_type, credential_values }).catch(() => null);
      if (!tested?.success) return;
    }
    save.mutate({ json: request, tested }, { onSuccess: onClose });
  };
  return (
    <Dialog open onOpenChange={onClose} title={text.rotateTitle(setting.alias)} description={text.rotateText} className="max-w-lg">
      <form noValidate className="grid gap-4" onSubmit={(event) => void onSubmit(event)}>
        {secrets.map((key) => (
          <KeyField
            key={key.name}
            field={key}
            value={draft.values[key.name] ?? ""}
            stored={before.values[key.name] === MASK}
            problem={undefined}
            onChange={(value) => {
              trial.reset();
              setDraft({ ...draft, values: { ...draft.values, [key.name]: value } });
            }}
          />
        ))}
        {type.free && <FreeValues value={draft.free} stored={new Set(before.free.map(({ name }) => name))} problem={undefined} onChange={(free) => setDraft({ ...draft, free })} />}
        {trial.isError && <ErrorNote title={text.testFailed} error={trial.error} />}
        {trial.data && <DiagnosisReport diagnosis={trial.data} />}
        {save.isError && <ErrorNote title={text.saveFailed} error={save.error} />}
        <Button type="submit" look="primary" className="justify-self-end" disabled={!replaced || empty || trial.isPending || save.isPending}>
          {trial.isPending ? text.testing : save.isPending ? text.saving : type.testable ? text.rotateAction : text.rotateActionUntested}
        </Button>
      </form>
    </Dialog>
  );
}
