import { Link, useNavigate } from "@tanstack/react-router";
import { Bot, Download, Ellipsis, Globe, GlobeLock, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";

import { request, send } from "@/api/client";
import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Dialog } from "@/components/ui/dialog";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { FavoriteButton } from "@/features/marketplace/reactions";
import { downloadName, saveBlob } from "@/lib/download";

import { AttachDialog } from "./attach-dialog";
import { useSkillMutation, type Skill } from "./queries";
import { text } from "./text";

type Open = "attach" | "publish" | "unpublish" | "delete" | null;

interface AskedProps {
  skill: Skill;
  onClose: () => void;
}

function Delete({ skill, onClose }: AskedProps) {
  const navigate = useNavigate();
  const remove = useSkillMutation(() => request(`/skills/${skill.id}`, { method: "DELETE" }));
  return (
    <Confirm
      open
      onOpenChange={onClose}
      title={text.removeTitle(skill.name)}
      consequence={text.removeText(skill.assistants_count)}
      action={text.removeAction}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(undefined, { onSuccess: () => void navigate({ to: "/skills" }) })}
    />
  );
}

/** Puts the skill into the marketplace, or takes it out. */
function Market({ skill, onClose }: AskedProps) {
  const isPublic = skill.visibility === "public";
  const change = useSkillMutation(() => request(`/skills/${skill.id}/marketplace/${isPublic ? "unpublish" : "publish"}`, { method: "POST" }));
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={isPublic ? text.unpublishTitle(skill.name) : text.publishTitle(skill.name)}
      description={isPublic ? text.unpublishText : text.publishText}
    >
      {change.isError && <ErrorNote error={change.error} />}
      <div className="flex justify-end">
        <Button look="primary" disabled={change.isPending} onClick={() => change.mutate(undefined, { onSuccess: onClose })}>
          {isPublic ? text.unpublish : text.publishAction}
        </Button>
      </div>
    </Dialog>
  );
}

function MoreMenu({ skill, onOpen, onExport }: { skill: Skill; onOpen: (open: Open) => void; onExport: () => void }) {
  const can = (ability: string) => skill.user_abilities?.includes(ability) ?? false;
  const isPublic = skill.visibility === "public";
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button size="icon" aria-label={text.more}>
          <Ellipsis />
        </Button>
      </MenuTrigger>
      <MenuContent align="end">
        <MenuItem onSelect={onExport}>
          <Download aria-hidden /> {text.export}
        </MenuItem>
        {can("write") && (
          <>
            <MenuSeparator />
            <MenuItem onSelect={() => onOpen(isPublic ? "unpublish" : "publish")}>
              {isPublic ? <GlobeLock aria-hidden /> : <Globe aria-hidden />} {isPublic ? text.unpublish : text.publish}
            </MenuItem>
          </>
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

export function SkillActions({ skill }: { skill: Skill }) {
  const [open, setOpen] = useState<Open>(null);
  const leave = useSkillMutation(async () => {
    const response = await send(`/skills/${skill.id}/export`);
    saveBlob(await response.blob(), downloadName(response, `${skill.name}.md`));
  });
  const close = () => setOpen(null);
  return (
    <>
      <FavoriteButton kind="skills" id={skill.id} name={skill.name} className="size-8" />
      <MoreMenu skill={skill} onOpen={setOpen} onExport={() => leave.mutate(undefined)} />
      {skill.user_abilities?.includes("write") && (
        <Button asChild>
          <Link to="/skills/$skillId/edit" params={{ skillId: skill.id }}>
            <Pencil /> {text.edit}
          </Link>
        </Button>
      )}
      <Button look="primary" onClick={() => setOpen("attach")}>
        <Bot /> {text.attach}
      </Button>
      {open === "attach" && <AttachDialog skill={skill} onClose={close} />}
      {(open === "publish" || open === "unpublish") && <Market skill={skill} onClose={close} />}
      {open === "delete" && <Delete skill={skill} onClose={close} />}
      <Dialog open={leave.isError} onOpenChange={() => leave.reset()} title={text.export}>
        <ErrorNote title={text.exportFailed} error={leave.error} onRetry={() => leave.mutate(undefined)} />
      </Dialog>
    </>
  );
}
