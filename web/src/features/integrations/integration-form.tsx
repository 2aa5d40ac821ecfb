import { useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";

import { ErrorNote } from "@/components/error-note";
import { LeaveGuard } from "@/components/leave-guard";
import { Section } from "@/components/section";
import { Button } from "@/components/ui/button";

import { CredentialPart } from "./credential-part";
import { DiagnosisReport, EgressAddress } from "./diagnosis";
import { problemsOf, refusalsOf, requestOf, type Draft } from "./draft";
import { OwnerPart } from "./owner-part";
import { savedTestKey, useDiagnose, useSaveSetting, type Diagnosis, type IntegrationType, type SettingDetail } from "./queries";
import { text } from "./text";

interface IntegrationFormProps {
  type: IntegrationType;
  setting: SettingDetail | null;
  initial: Draft;
  egressIp: string | null | undefined;
  /** What is shown was just saved. */
  saved?: boolean;
  onSaved?: (id: string | undefined, draft: Draft) => void;
}

const intoView = (node: HTMLElement | null) => node?.scrollIntoView({ block: "nearest" });

/** Makes or changes an integration. It is tried before it is saved; who knows better saves it anyway. */
export function IntegrationForm({ type, setting, initial, egressIp, saved = false, onSaved }: IntegrationFormProps) {
  const [draft, setDraft] = useState(initial);
  const [kept, setKept] = useState(initial);
  const [tried, setTried] = useState(false);
  const save = useSaveSetting(draft.scope, setting?.id ?? null);
  const trial = useDiagnose();
  const client = useQueryClient();
  const [savedTest, setSavedTest] = useState(() => (setting ? client.getQueryData<Diagnosis>(savedTestKey(setting.setting_type, setting.id)) : null));
  const writable = setting === null || setting.user_abilities.includes("write");
  const found = problemsOf(type, draft);
  const problems = { ...(tried ? found : {}), ...refusalsOf(save.error) };
  const request = () => requestOf(type, draft, setting?.credential_values);
  const patch = (change: Partial<Draft>) => {
    setDraft((now) => ({ ...now, ...change }));
    save.reset();
    if (change.values ?? change.free) {
      trial.reset();
      setSavedTest(null);
    }
  };
  const test = async () => {
    setSavedTest(null);
    const { credential_type, credential_values } = request();
    const stored = setting ? { setting_id: setting.id } : {};
    return trial.mutateAsync({ credential_type, ...stored, ...(writable ? { credential_values } : {}) }).catch(() => null);
  };
  const store = (tested?: Diagnosis | null) =>
    save.mutate({ json: request(), tested }, {
      onSuccess: (id) => {
        setKept(draft);
        onSaved?.(id, draft);
      },
    });
  const complete = () => {
    setTried(true);
    return Object.keys(found).length === 0;
  };
  const onSubmit = async (event: SyntheticEvent) => {
    event.preventDefault();
    if (!complete()) return;
    const tested = type.testable ? await test() : null;
    if (!type.testable || tested?.success) store(tested);
  };
  const busy = save.isPending || trial.isPending;
  const action = setting ? (type.testable ? text.save : text.saveUntested) : type.testable ? text.create : text.createUntested;
  const doubtful = type.testable && (trial.isError || trial.data?.success === false);
  return (
    <form noValidate onSubmit={(event) => void onSubmit(event)}>
      {writable && <LeaveGuard dirty={() => draft !== kept && !save.isSuccess} />}
      {savedTest && (
        <div ref={intoView} className="pb-4">
          <DiagnosisReport diagnosis={savedTest} saved />
        </div>
      )}
      {!writable && <p className="pb-4 text-sm text-fg-muted">{text.readOnly}</p>}
      <fieldset disabled={!writable} className="contents">
        <OwnerPart type={type} draft={draft} fixed={setting !== null} problems={problems} onChange={patch} />
        <CredentialPart type={type} draft={draft} setting={setting} problems={problems} onChange={patch} />
      </fieldset>
      <Section title={text.testTitle} text={text.testText}>
        <EgressAddress address={egressIp} />
        {type.testable ? (
          <Button className="justify-self-start" disabled={busy} onClick={() => (!writable || complete()) && void test()}>
            {trial.isPending ? text.testing : text.test}
          </Button>
        ) : (
          <p className="text-[13px] text-fg-muted">{text.untestable}</p>
        )}
        {trial.isError && <ErrorNote title={text.testFailed} error={trial.error} />}
        {trial.data && <DiagnosisReport diagnosis={trial.data} />}
      </Section>
      {writable && (
        <div className="grid gap-3 border-t border-line py-4">
          {save.isError && !problems["alias"] && <ErrorNote title={text.saveFailed} error={save.error} />}
          <div className="flex flex-wrap items-center justify-end gap-3">
            <span role="status" className="text-[13px] text-good">
              {(save.isSuccess || (saved && draft === initial)) && text.saved}
            </span>
            {doubtful && (
              <Button disabled={busy} onClick={() => complete() && store(trial.data)}>
                {text.saveAnyway}
              </Button>
            )}
            <Button type="submit" look="primary" disabled={busy}>
              {save.isPending ? text.saving : trial.isPending ? text.testing : action}
            </Button>
          </div>
        </div>
      )}
    </form>
  );
}
