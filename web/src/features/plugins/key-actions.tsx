import { useNavigate } from "@tanstack/react-router";
import { RotateCw, Trash2 } from "lucide-react";
import { useState } from "react";

import { CopyField } from "@/components/copy-field";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Dialog } from "@/components/ui/dialog";

import { useRenewKey, useRevokeKey, type PluginKey } from "./queries";
import { text } from "./text";

function Revoke({ pluginKey, onClose }: { pluginKey: PluginKey; onClose: () => void }) {
  const navigate = useNavigate();
  const revoke = useRevokeKey(pluginKey.id);
  return (
    <Confirm
      open
      onOpenChange={onClose}
      title={text.revokeTitle(pluginKey.alias)}
      consequence={text.revokeText}
      action={text.revoke}
      busy={revoke.isPending}
      error={revoke.error}
      onConfirm={() => revoke.mutate(undefined, { onSuccess: () => void navigate({ to: "/plugins", ignoreBlocker: true }) })}
    />
  );
}

function Renew({ pluginKey, onClose }: { pluginKey: PluginKey; onClose: () => void }) {
  const renew = useRenewKey(pluginKey.id);
  if (renew.data) {
    return (
      <Dialog open onOpenChange={onClose} title={text.renewed} description={text.renewedText}>
        <CopyField label={text.yourKey} value={renew.data.key} />
      </Dialog>
    );
  }
  return (
    <Confirm
      open
      onOpenChange={onClose}
      title={text.renewTitle(pluginKey.alias)}
      consequence={text.renewText}
      action={text.renew}
      busy={renew.isPending}
      error={renew.error}
      onConfirm={() => renew.mutate()}
    />
  );
}

/** What this person may do with the whole key. */
export function KeyActions({ pluginKey }: { pluginKey: PluginKey }) {
  const [open, setOpen] = useState<"renew" | "revoke" | null>(null);
  const close = () => setOpen(null);
  return (
    <>
      {pluginKey.user_abilities.includes("write") && (
        <Button onClick={() => setOpen("renew")}>
          <RotateCw /> {text.renew}
        </Button>
      )}
      {pluginKey.user_abilities.includes("delete") && (
        <Button onClick={() => setOpen("revoke")}>
          <Trash2 /> {text.revoke}
        </Button>
      )}
      {open === "renew" && <Renew pluginKey={pluginKey} onClose={close} />}
      {open === "revoke" && <Revoke pluginKey={pluginKey} onClose={close} />}
    </>
  );
}
