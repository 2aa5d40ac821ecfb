import { useQuery } from "@tanstack/react-query";

import { ErrorNote } from "@/components/error-note";
import { Page } from "@/components/page";
import { Badge } from "@/components/ui/badge";
import { modelsQuery } from "./queries";
import { text } from "./text";

export function ConnectModelPage() {
  const query = useQuery(modelsQuery);
  return (
    <Page title={text.title} description={text.description}>
      <section className="grid gap-2">
        <h2 className="text-sm font-semibold">{text.models}</h2>
        {query.isError && <ErrorNote title={text.loadFailed} error={query.error} onRetry={() => void query.refetch()} />}
        <ul className="rounded-lg border border-line">
          {query.data?.map((model) => (
            <li key={model.base_name} className="flex flex-wrap items-center gap-2 border-t border-line px-4 py-2 text-[13px] first:border-t-0">
              <span className="font-medium">{model.label}</span>
              <span className="text-fg-muted">{model.runs_on}</span>
              {model.default && <Badge tone="accent">{text.isDefault}</Badge>}
            </li>
          ))}
        </ul>
      </section>
    </Page>
  );
}
