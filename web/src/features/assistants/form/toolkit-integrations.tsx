import { Disclosure } from "@/components/disclosure";
import type { Setting } from "@/features/integrations/queries";
import { IntegrationSelect } from "@/features/toolkits/integration-select";
import { servingTypes, type CatalogueToolkit } from "@/features/toolkits/queries";
import { text } from "@/features/toolkits/text";

import type { ToolKit } from "../draft";
import { sharedTypes } from "./toolkit-choice";

interface ToolkitIntegrationsProps {
  kit: CatalogueToolkit;
  chosen: ToolKit;
  project: string;
  onChoose: (tool: string | null, setting: Setting | null) => void;
}

/** With whose account the chosen tools of a toolkit work: one choice for all where they need the same, else one for each. */
export function ToolkitIntegrations({ kit, chosen, project, onChoose }: ToolkitIntegrationsProps) {
  const shared = sharedTypes(kit);
  const tools = chosen.tools.flatMap((own) => {
    const offered = kit.tools.find(({ name }) => name === own.name);
    return offered?.credential_type ? [{ own, types: servingTypes(offered), label: offered.label ?? offered.name }] : [];
  });
  if (tools.length === 0) return null;
  const single = tools.map(({ own, types, label }) => (
    <IntegrationSelect
      key={own.name}
      label={text.integrationOf(label)}
      types={types}
      project={project}
      tool={own.name}
      value={own.settings?.id ?? null}
      otherwise={shared ? "inherited" : "automatic"}
      onChange={(setting) => onChoose(own.name, setting)}
    />
  ));
  return (
    <div className="grid gap-3 border-t border-line px-3 py-3">
      {shared && (
        <IntegrationSelect
          label={text.integrationOf(kit.label ?? kit.toolkit)}
          hint={text.integrationHint}
          types={shared}
          project={project}
          tool={tools[0]?.own.name ?? ""}
          value={chosen.settings?.id ?? null}
          onChange={(setting) => onChoose(null, setting)}
        />
      )}
      {shared ? (
        <Disclosure label={text.perTool} open={tools.some(({ own }) => own.settings)}>
          {single}
        </Disclosure>
      ) : (
        single
      )}
    </div>
  );
}
