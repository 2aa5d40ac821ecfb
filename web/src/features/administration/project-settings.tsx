import { useState, type SyntheticEvent } from "react";

import { FormFoot } from "@/components/form-foot";
import { Section } from "@/components/section";
import { SwitchField } from "@/components/switch-field";
import type { User } from "@/features/identity/queries";
import { isSuperuser } from "@/features/identity/rights";

import { DeleteProject } from "./delete-project";
import { FaceFields, type ProjectFace } from "./project-fields";
import { useChangeProject, type ProjectChange, type ProjectDetail } from "./project-queries";
import { text } from "./project-text";
import { TransferOwnership } from "./transfer-ownership";

interface Draft extends ProjectFace {
  analytics: boolean;
}

const draftOf = (project: ProjectDetail): Draft => ({
  display_name: project.display_name ?? "",
  description: project.description ?? "",
  analytics: project.cli_analytics_enabled ?? false,
});

/** An emptied text is cleared by a key of its own; analytics may only be sent by those who decide it. */
function changeOf(draft: Draft, before: Draft): ProjectChange {
  const change: ProjectChange = {};
  for (const key of ["display_name", "description"] as const) {
    const value = draft[key].trim();
    if (value === before[key]) continue;
    if (value) change[key] = value;
    else change[`clear_${key}`] = true;
  }
  if (draft.analytics !== before.analytics) change.cli_analytics_enabled = draft.analytics;
  return change;
}

interface ProjectSettingsProps {
  project: ProjectDetail;
  caller: User;
  editable: boolean;
}

export function ProjectSettings({ project, caller, editable }: ProjectSettingsProps) {
  const before = draftOf(project);
  const [draft, setDraft] = useState(before);
  const save = useChangeProject(project.name);
  const change = changeOf(draft, before);
  const patch = (some: Partial<Draft>) => {
    save.reset();
    setDraft((now) => ({ ...now, ...some }));
  };
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    save.mutate(change);
  };
  const shared = project.project_type === "shared";
  return (
    <div>
      <form noValidate onSubmit={onSubmit}>
        <Section title={text.general} text={project.name}>
          <fieldset disabled={!editable} className="grid min-w-0 gap-4">
            <FaceFields value={draft} onChange={patch} />
            {project.cli_analytics_enabled !== undefined && project.cli_analytics_enabled !== null && (
              <SwitchField
                label={text.analytics}
                hint={text.analyticsHint}
                checked={draft.analytics}
                disabled={!isSuperuser(caller) || !shared}
                onChange={(analytics) => patch({ analytics })}
              />
            )}
          </fieldset>
          {editable && (
            <FormFoot
              action={text.save}
              busy={text.saving}
              mutation={save}
              failed={text.saveFailed}
              saved={text.saved}
              disabled={Object.keys(change).length === 0}
            />
          )}
        </Section>
      </form>
      {editable && shared && (
        <>
          <Section title={text.ownership} text={text.ownershipText}>
            <TransferOwnership project={project} />
          </Section>
          <Section title={text.danger} text={text.dangerText}>
            <DeleteProject project={project} />
          </Section>
        </>
      )}
    </div>
  );
}
