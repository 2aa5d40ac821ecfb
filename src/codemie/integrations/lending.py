"""Credentials for what is stored and worked on when nobody asks, such as a data source that is indexed.

Such a thing works with personal integrations of its owner and with those of its project, with no others: whoever may
change it could otherwise have it work with somebody else's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity.caller import Caller
from codemie.identity.repository import caller_by_id
from codemie.integrations import repository
from codemie.integrations.resolution import may_use
from codemie.integrations.service import INTERNAL_ALIASES, tell_use
from codemie.integrations.tables import Integration
from codemie.integrations.vault import Credential, Vault
from codemie.kernel import row_security
from codemie.kernel.database import Database
from codemie.kernel.errors import AccessDenied, NotFound, Unprocessable


class NotLent(Unprocessable):
    """The integration does not serve what it was chosen for."""

    title = "The integration cannot be used here"


@dataclass(frozen=True, slots=True)
class Borrower:
    """What works with a credential.

    Args:
        kind: such as `data source`, for people and for the audit log.
        owner_id: who made it.
        project: where it is; empty while nobody has said.
        id: empty while it is not stored.
    """

    kind: str
    owner_id: str
    project: str
    id: str = ""


async def lend(
    database: Database,
    vault: Vault,
    borrower: Borrower,
    setting_id: str,
    *,
    types: Sequence[str],
    purpose: str,
    caller: Caller | None = None,
) -> Credential:
    """The credential in the clear; its use is in the audit log.

    Args:
        database: of the process.
        vault: of this installation.
        borrower: works with it.
        setting_id: names the integration.
        types: that serve, on the wire.
        purpose: for the audit log.
        caller: who chooses it; None when it was chosen before, and is used in the owner's name.

    Raises:
        NotFound: there is no such integration any more.
        AccessDenied: it is not the caller's to use.
        NotLent: it is of another type, or neither the owner's nor the project's.
        DecryptionFailed: its secrets cannot be opened.
    """
    async with database.session() as session:
        async with row_security.beyond(session, "use a credential"):
            row = await repository.find(session, setting_id)
            if row is None or row.alias.startswith(INTERNAL_ALIASES):
                raise NotFound(
                    "The integration is gone",
                    details=f"The integration that the {borrower.kind} is read with was deleted, or never existed.",
                    help=f"Choose another one in the settings of the {borrower.kind}.",
                )
            if caller is not None and not may_use(caller, row):
                raise AccessDenied(details=f"The integration '{row.id}' is not yours to use.")
            await _refuse_foreign(session, row, borrower, present=caller is not None)
        if row.credential_type not in types:
            raise NotLent(
                details=f"The integration '{row.alias}' is of type {row.credential_type}; "
                f"{' or '.join(types)} is needed.",
                help="Choose another one.",
            )
        facts = {borrower.kind.replace(" ", "_"): borrower.id} if borrower.id else {}
        tell_use(session, caller.id if caller else borrower.owner_id, row, purpose, **facts)
        return vault.open(row)


async def _refuse_foreign(session: AsyncSession, row: Integration, borrower: Borrower, *, present: bool) -> None:
    """Raise NotLent unless the integration is the project's, or the owner's, who must be there still."""
    if row.setting_type != "user":
        if borrower.project and row.project != borrower.project:
            raise NotLent(
                details=f"The integration '{row.alias}' belongs to another project than the {borrower.kind}.",
                help="Choose one of the same project.",
            )
    elif row.user_id != borrower.owner_id:
        raise NotLent(
            details=f"The integration '{row.alias}' is a personal one, and not of who owns the {borrower.kind}.",
            help="Choose an integration of the project.",
        )
    elif not present and not await _is_there(session, borrower):
        raise NotLent(
            details=f"The integration '{row.alias}' is a personal one, and the owner of the {borrower.kind} "
            "has left the project.",
            help="Choose an integration of the project.",
        )


async def _is_there(session: AsyncSession, borrower: Borrower) -> bool:
    owner = await caller_by_id(session, borrower.owner_id, "")
    if owner is None or not owner.is_active:
        return False
    return bool(owner.is_admin or owner.is_maintainer or borrower.project in {*owner.projects, *owner.admin_projects})
