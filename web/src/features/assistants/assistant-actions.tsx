import { Link, useNavigate } from "@tanstack/react-router";
import { Copy, Download, Ellipsis, Globe, GlobeLock, HeartPulse, MessageSquare, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";

import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Dialog } from "@/components/ui/dialog";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { PublishDialog } from "@/features/marketplace/publish-dialog";
import { FavoriteButton } from "@/features/marketplace/reactions";
import { text as market } from "@/features/marketplace/text";

import { DeleteAssistant } from "./delete-assistant";
import { useExport, useUnpublish } from "./detail-queries";
import { HealthDialog } from "./health-dialog";
import type { Assistant } from "./queries";
import { text } from "./text";

type Open = "publish" | "unpublish" | "health" | "delete" | null;

function Unpublish({ assistant, onClose }: { assistant: Assistant; onClose: () => void }) {
  const unpublish = useUnpublish(assistant.id);
  return (
    <Confirm
      open
      onOpenChange={onClose}
      title={market.unpublishTitle(assistant.name)}
      consequence={market.unpublishText}
      action={market.unpublish}
      busy={unpublish.isPending}
      error={unpublish.error}
      onConfirm={() => unpublish.mutate(undefined, { onSuccess: onClose })}
    />
  );
}

function MoreMenu({ assistant, onOpen, onExport }: { assistant: Assistant; onOpen: (open: Open) => void; onExport: () => void }) {
  const can = (ability: string) => assistant.user_abilities?.includes(ability) ?? false;
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button size="icon" aria-label={text.more}>
          <Ellipsis />
        </Button>
      </MenuTrigger>
      <MenuContent align="end">
        <MenuItem asChild>
          <Link to="/assistants/new" search={{ clone: assistant.id }}>
            <Copy aria-hidden /> {text.clone}
          </Link>
        </MenuItem>
        <MenuItem onSelect={onExport}>
          <Download aria-hidden /> {text.export}
        </MenuItem>
        <MenuItem onSelect={() => onOpen("health")}>
          <HeartPulse aria-hidden /> {text.health.action}
        </MenuItem>
        {can("write") && <MenuSeparator />}
        {can("write") && (
          <MenuItem onSelect={() => onOpen(assistant.is_global ? "unpublish" : "publish")}>
            {assistant.is_global ? <GlobeLock aria-hidden /> : <Globe aria-hidden />}
            {assistant.is_global ? market.unpublish : market.publish}
          </MenuItem>
        )}
        {can("delete") && (
          <MenuItem danger onSelect={() => onOpen("delete")}>
            <Trash2 aria-hidden /> {text.remove}
          </MenuItem>
        )}
      </MenuContent>
    </Menu>
  );
}

/** The actions of an assistant's page: the two that matter, and the others in a menu. */
export function AssistantActions({ assistant }: { assistant: Assistant }) {
  const [open, setOpen] = useState<Open>(null);
  const navigate = useNavigate();
  const leave = useExport(assistant.id);
  const close = () => setOpen(null);
  return (
    <>
      <FavoriteButton kind="assistants" id={assistant.id} name={assistant.name} className="size-8" />
      <MoreMenu assistant={assistant} onOpen={setOpen} onExport={() => leave.mutate()} />
      {assistant.user_abilities?.includes("write") && (
        <Button asChild>
          <Link to="/assistants/$assistantId/edit" params={{ assistantId: assistant.id }}>
            <Pencil /> {text.edit}
          </Link>
        </Button>
      )}
      <Button asChild look="primary">
        <Link to="/chat" search={{ assistant: assistant.id }}>
          <MessageSquare /> {text.chat}
        </Link>
      </Button>
      {open === "publish" && <PublishDialog assistant={assistant} onClose={close} />}
      {open === "unpublish" && <Unpublish assistant={assistant} onClose={close} />}
      {open === "health" && <HealthDialog assistant={assistant} onClose={close} />}
      <Dialog open={leave.isError} onOpenChange={() => leave.reset()} title={text.export}>
        <ErrorNote title={text.exportFailed} error={leave.error} onRetry={() => leave.mutate()} />
      </Dialog>
      <DeleteAssistant
        assistant={assistant}
        open={open === "delete"}
        onOpenChange={close}
        onDeleted={() => void navigate({ to: "/assistants" })}
      />
    </>
  );
}
