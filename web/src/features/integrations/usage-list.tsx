import { useQuery } from "@tanstack/react-query";
import { Link, type LinkProps } from "@tanstack/react-router";

import { ErrorNote } from "@/components/error-note";
import { RowSkeleton } from "@/components/results";

import { usagesQuery, type Setting, type Usages } from "./queries";
import { text } from "./text";

type Use = Usages["items"][number];

function placeOf({ kind, id }: Use): LinkProps {
  if (kind === "skill") return { to: "/skills/$skillId", params: { skillId: id } };
  if (kind === "data_source") return { to: "/knowledge/$sourceId", params: { sourceId: id } };
  return { to: "/assistants/$assistantId", params: { assistantId: id }, search: kind === "choice" ? { tab: "setup" } : {} };
}

/** What works with an integration, as far as this person may know, and how much else there is. */
export function UsageList({ setting, lead }: { setting: Setting; lead?: string }) {
  const query = useQuery(usagesQuery(setting.setting_type, setting.id));
  if (query.isPending) return <RowSkeleton label={text.usageLoading} rows={2} />;
  if (query.isError) return <ErrorNote title={text.usageFailed} error={query.error} onRetry={() => void query.refetch()} />;
  const { items, total, hidden } = query.data;
  return (
    <div className="grid min-w-0 gap-2 text-[13px]">
      {total === 0 && hidden === 0 ? <p>{text.usageNone}</p> : lead && <p>{lead}</p>}
      {items.length > 0 && (
        <ul aria-label={text.usage} className="max-h-72 overflow-y-auto rounded-lg border border-line">
          {items.map((use) => (
            <li key={`${use.kind} ${use.id}`} className="flex min-h-9 flex-wrap items-center gap-x-2 border-t border-line px-3 py-1.5 first:border-t-0">
              <span className="text-fg-muted">{text.usageKinds[use.kind]}</span>
              <Link {...placeOf(use)} className="min-w-0 truncate font-medium hover:underline">
                {use.name}
              </Link>
              <span className="ml-auto truncate text-xs text-fg-muted">{use.project}</span>
            </li>
          ))}
        </ul>
      )}
      {total > items.length && <p className="text-fg-muted">{text.usageMore(total - items.length)}</p>}
      {hidden > 0 && <p className="text-fg-muted">{text.usageHidden(hidden)}</p>}
      <p className="text-fg-muted">{text.usageNamed}</p>
    </div>
  );
}
