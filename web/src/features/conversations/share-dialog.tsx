import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Link2, Link2Off } from "lucide-react";
import { useId, useState } from "react";

import { CopyField } from "@/components/copy-field";
import { Delayed } from "@/components/delayed";
import { ErrorNote } from "@/components/error-note";
import { Moment } from "@/components/time";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { IconButton } from "@/components/ui/icon-button";
import { Select } from "@/components/ui/select";
import { count } from "@/lib/format";

import { shareLink, sharesQuery, useRevoke, useShare, type Share } from "./sharing-queries";
import { text } from "./text";

const NEVER = "never";
const EXPIRIES = [
  { value: "1", label: "In a day" },
  { value: "7", label: "In a week" },
  { value: "30", label: "In 30 days" },
  { value: "90", label: "In 90 days" },
  { value: NEVER, label: "Never" },
] as const;

function Expiry({ share }: { share: Share }) {
  return (
    <p className="text-xs text-fg-muted">
      {share.expires_at ? (
        <>
          {text.linkEnds} <Moment value={share.expires_at} />
        </>
      ) : (
        text.linkForever
      )}
      {" · "}
      {share.access_count === 0 ? text.linkUnopened : text.linkOpened(count(share.access_count, "time"))}
    </p>
  );
}

function OwnLink({ share }: { share: Share }) {
  const revoke = useRevoke();
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-2">
      <CopyField label={text.shareLink} value={shareLink(share.token)} />
      <div className="flex items-center justify-between gap-3">
        <Expiry share={share} />
        <Button size="sm" look="ghost" className="text-bad hover:text-bad" disabled={revoke.isPending} onClick={() => revoke.mutate(share.token)}>
          <Link2Off /> {text.revoke}
        </Button>
      </div>
      {revoke.isError && <ErrorNote title={text.revokeFailed} error={revoke.error} />}
    </div>
  );
}

function Make({ conversationId, again }: { conversationId: string; again: boolean }) {
  const id = useId();
  const [expiry, setExpiry] = useState("30");
  const share = useShare();
  const make = () => share.mutate({ chat_id: conversationId, expires_in_days: expiry === NEVER ? null : Number(expiry) });
  return (
    <div className="grid gap-2">
      <div className="flex items-end gap-2">
        <div className="grid flex-1 gap-1">
          <label htmlFor={id} className="text-[13px] font-medium">
            {text.linkEndsLabel}
          </label>
          <Select id={id} value={expiry} onChange={setExpiry} options={again ? EXPIRIES.filter(({ value }) => value !== NEVER) : EXPIRIES} />
        </div>
        <Button look={again ? "outline" : "primary"} disabled={share.isPending} onClick={make}>
          <Link2 /> {again ? text.changeExpiry : text.makeLink}
        </Button>
      </div>
      {share.isError && <ErrorNote title={text.shareFailed} error={share.error} />}
    </div>
  );
}

function OtherLinks({ shares, onOpen }: { shares: readonly Share[]; onOpen: () => void }) {
  const revoke = useRevoke();
  if (shares.length === 0) return null;
  return (
    <details className="group/others border-t border-line pt-3">
      <summary className="min-h-6 text-[13px] font-medium text-fg-muted hover:text-fg">{text.otherLinks(shares.length)}</summary>
      <ul className="mt-2 grid max-h-60 grid-cols-[minmax(0,1fr)] gap-1 overflow-y-auto">
        {shares.map((share) => (
          <li key={share.token} className="flex items-center gap-2">
            <div className="min-w-0 flex-1">
              <Link to="/chat/$conversationId" params={{ conversationId: share.chat_id }} onClick={onOpen} className="block truncate text-[13px] hover:underline">
                {share.conversation_name}
              </Link>
              <Expiry share={share} />
            </div>
            <IconButton label={text.revokeOf(share.conversation_name)} disabled={revoke.isPending} onClick={() => revoke.mutate(share.token)}>
              <Link2Off />
            </IconButton>
          </li>
        ))}
      </ul>
      {revoke.isError && <ErrorNote title={text.revokeFailed} error={revoke.error} />}
    </details>
  );
}

interface ShareDialogProps {
  conversationId: string;
  onClose: () => void;
}

/** The link of this conversation: made, copied, changed, taken away; and the links to others. */
export function ShareDialog({ conversationId, onClose }: ShareDialogProps) {
  const query = useQuery(sharesQuery);
  const own = query.data?.find((share) => share.chat_id === conversationId);
  const others = query.data?.filter((share) => share.chat_id !== conversationId) ?? [];
  return (
    <Dialog open onOpenChange={onClose} title={text.shareTitle} description={text.shareText} className="max-w-lg grid-cols-[minmax(0,1fr)]">
      {query.isPending && (
        <Delayed label={text.shareTitle}>
          <div className="skeleton h-16" />
        </Delayed>
      )}
      {query.isError && <ErrorNote title={text.sharesFailed} error={query.error} onRetry={() => void query.refetch()} />}
      {query.isSuccess && (
        <>
          {own && <OwnLink share={own} />}
          <Make key={own?.token ?? ""} conversationId={conversationId} again={Boolean(own)} />
          <OtherLinks shares={others} onOpen={onClose} />
        </>
      )}
    </Dialog>
  );
}
