import { Link } from "@tanstack/react-router";
import { KeyRound, ScrollText, UserCheck, UserX } from "lucide-react";
import { useState } from "react";

import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Dialog } from "@/components/ui/dialog";
import type { User } from "@/features/identity/queries";
import { isSuperuser, readsAudit } from "@/features/identity/rights";

import { useChangeUser, type UserDetail } from "./user-queries";
import { SetPassword } from "./user-password";
import { text } from "./user-text";

interface ActionProps {
  user: UserDetail;
  caller: User;
}

function DeactivateButton({ user }: { user: UserDetail }) {
  const [asking, setAsking] = useState(false);
  const change = useChangeUser(user.id);
  const name = user.name || user.username;
  return (
    <>
      <Button onClick={() => setAsking(true)}>
        <UserX /> {text.deactivate}
      </Button>
      <Confirm
        open={asking}
        onOpenChange={(open) => {
          change.reset();
          setAsking(open);
        }}
        title={text.deactivateTitle(name)}
        consequence={text.deactivateText(user.projects.length)}
        action={text.deactivateAction}
        busy={change.isPending}
        error={change.error}
        onConfirm={() => change.mutate({ is_active: false }, { onSuccess: () => setAsking(false) })}
      />
    </>
  );
}

function ReactivateButton({ user }: { user: UserDetail }) {
  const change = useChangeUser(user.id);
  return (
    <>
      <Button look="primary" disabled={change.isPending} onClick={() => change.mutate({ is_active: true })}>
        <UserCheck /> {text.reactivate}
      </Button>
      {change.isError && <ErrorNote title={text.reactivateFailed} error={change.error} />}
    </>
  );
}

function PasswordButton({ user }: { user: UserDetail }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <KeyRound /> {text.resetPassword}
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title={text.resetTitle(user.name || user.username)} description={text.resetText}>
        <SetPassword user={user} onDone={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

/** What can be done to this account, and the way to what was done. */
export function UserActions({ user, caller }: ActionProps) {
  const changes = isSuperuser(caller);
  return (
    <>
      {readsAudit(caller) && (
        <Button asChild look="ghost">
          <Link to="/administration/audit" search={{ entity: user.id }}>
            <ScrollText /> {text.activity}
          </Link>
        </Button>
      )}
      {changes && user.is_active && user.auth_source === "local" && <PasswordButton user={user} />}
      {changes && user.is_active && user.id !== caller.user_id && <DeactivateButton user={user} />}
      {changes && !user.is_active && <ReactivateButton user={user} />}
    </>
  );
}
