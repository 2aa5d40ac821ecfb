"""Which stored credential a tool works with.

The order is the protocol's: what the person chose for this assistant, what the request names, what the assistant names,
then what is marked as default, the person's own in the project, their own for all projects, the project's.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity.caller import Caller
from codemie.identity.policy import decide
from codemie.integrations import repository
from codemie.integrations.service import INTERNAL_ALIASES, resource_of, tell_use
from codemie.integrations.tables import Integration
from codemie.integrations.vault import Credential, Vault
from codemie.kernel import row_security
from codemie.kernel.database import Database
from codemie.kernel.errors import AccessDenied, NotFound

Fit = Callable[[dict[str, Any]], int]
"""How well a credential's open values fit what it is wanted for; 0 is not at all."""


class NoCredential(NotFound):
    """Nobody involved has a credential of the type."""

    title = "No integration"


@dataclass(frozen=True, slots=True)
class Lender:
    """The stored assistant, skill or workflow whose own choice of credentials counts for those who may use it.

    Args:
        owner_id: who made it.
        project: where it is.
        is_global: whether it is published, so that its credentials serve everybody.
    """

    owner_id: str
    project: str
    is_global: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a tool needs.

    Args:
        credential_type: on the wire.
        project: where the tool works.
        tool: that asks; for the audit log.
        purpose: of the call; for the audit log.
        mapped: ids the person chose for the lender's tools; those of other types are passed over.
        named: the id the request names.
        pinned: the id the lender names.
        alias: of the only ones that may be found where no id is given.
        lender: whose choice `pinned` is; None for an inline definition, which lends nothing.
        fit: prefers among several, and passes over what does not fit.
    """

    credential_type: str
    project: str
    tool: str = ""
    purpose: str = "tool call"
    mapped: tuple[str, ...] = ()
    named: str | None = None
    pinned: str | None = None
    alias: str | None = None
    lender: Lender | None = None
    fit: Fit | None = field(default=None, compare=False)


async def take(database: Database, vault: Vault, caller: Caller, wanted: Wanted) -> Credential:
    """The credential in the clear; its use is in the audit log.

    Raises:
        NoCredential: there is none the caller could use.
        NotFound: the one that was chosen is gone.
        AccessDenied: the one that the request names is not the caller's to use.
        DecryptionFailed: its secrets cannot be opened.
    """
    async with database.session() as session:
        async with row_security.beyond(session, "use a credential"):
            row = await resolve(session, caller, wanted)
        tell_use(session, caller, row, wanted.purpose, tool=wanted.tool)
        return vault.open(row)


async def resolve(session: AsyncSession, caller: Caller, wanted: Wanted) -> Integration:
    """The row that ``take`` opens.

    Raises:
        NoCredential, NotFound, AccessDenied: see ``take``.
    """
    chosen = [identity for identity in (*wanted.mapped, wanted.named, wanted.pinned) if identity]
    rows = await repository.candidates(session, caller.id, wanted.project, wanted.credential_type, chosen)
    known = {row.id: row for row in rows}
    for identity in wanted.mapped:
        row = known.get(identity)
        if row is not None and row.credential_type == wanted.credential_type and may_use(caller, row):
            return row
    if wanted.named:
        return _named(caller, known.get(wanted.named), wanted)
    if wanted.pinned:
        row = known.get(wanted.pinned)
        if row is None:
            raise _gone(wanted)
        if row.credential_type == wanted.credential_type and (may_use(caller, row) or _lends(row, wanted.lender)):
            return row
    return _found(caller, rows, wanted)


async def usable(session: AsyncSession, caller: Caller, identities: Iterable[str]) -> set[str]:
    """Those of the ids that the caller may work with."""
    rows = await repository.by_ids(session, list(identities))
    return {row.id for row in rows if may_use(caller, row)}


def may_use(caller: Caller, row: Integration) -> bool:
    """Whether the caller may work with the credential: it is theirs, or of a project they are in."""
    return not row.alias.startswith(INTERNAL_ALIASES) and decide(caller, "read", resource_of(row))


def _lends(row: Integration, lender: Lender | None) -> bool:
    """A published assistant's own credentials serve everybody who may use it; other assistants' serve their project."""
    if lender is None or not lender.is_global:
        return False
    if row.setting_type == "user":
        return row.user_id == lender.owner_id
    return row.project == lender.project


def _named(caller: Caller, row: Integration | None, wanted: Wanted) -> Integration:
    if row is None:
        raise _gone(wanted)
    if not may_use(caller, row):
        raise AccessDenied(details=f"The integration '{row.id}' is not yours to use.")
    if row.credential_type != wanted.credential_type:
        raise NoCredential(
            details=f"The integration '{row.alias}' is of type {row.credential_type}; "
            f"{wanted.tool or 'this'} needs {wanted.credential_type}.",
            help="Choose another one.",
        )
    return row


def _found(caller: Caller, rows: Sequence[Integration], wanted: Wanted) -> Integration:
    """The best of those nobody chose: of the same fit the first by the order."""
    found = (row for row in rows if _may_be_found(caller, row, wanted))
    usable = [(fit, -_place(row, wanted.project), row) for row in found if (fit := _fit(row, wanted)) > 0]
    if not usable:
        raise NoCredential(
            details=f"There is no integration of type {wanted.credential_type}{_called(wanted)} that could be used.",
            help=f"Add one of your own, or ask an administrator of the project '{wanted.project}' to add one.",
        )
    # Rows come newest first, and max keeps the first of equals.
    return max(usable, key=lambda item: item[:2])[2]


def _may_be_found(caller: Caller, row: Integration, wanted: Wanted) -> bool:
    if row.credential_type != wanted.credential_type or not may_use(caller, row):
        return False
    if wanted.alias is not None and row.alias != wanted.alias:
        return False
    return row.project == wanted.project or (row.setting_type == "user" and row.is_global)


def _fit(row: Integration, wanted: Wanted) -> int:
    return 1 if wanted.fit is None else wanted.fit({item["key"]: item.get("value") for item in row.values})


def _place(row: Integration, project: str) -> int:
    """Smaller is earlier."""
    if row.is_default:
        return 0
    if row.setting_type == "user":
        return 2 if row.is_global or row.project != project else 1
    return 3


def _gone(wanted: Wanted) -> NotFound:
    return NotFound(
        "The integration is gone",
        details=f"The {wanted.credential_type} integration chosen for {wanted.tool or 'this'} was deleted.",
        help="Choose another one in the settings of the assistant.",
    )


def _called(wanted: Wanted) -> str:
    return f" with the alias '{wanted.alias}'" if wanted.alias is not None else ""
