"""Which stored credential a tool works with.

The order is the protocol's: what the person chose for this assistant, what the request names, what the assistant names,
then what is marked as default, the person's own in the project, their own for all projects, the project's.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity.caller import Caller
from codemie.identity.persons import person
from codemie.identity.policy import decide
from codemie.integrations import repository
from codemie.integrations.service import INTERNAL_ALIASES, resource_of, tell_use_at_once
from codemie.integrations.tables import Integration
from codemie.integrations.vault import Credential, Vault
from codemie.kernel import row_security
from codemie.kernel.database import Database
from codemie.kernel.errors import AccessDenied, NotFound, Unavailable
from codemie.kernel.telemetry import get_logger

log = get_logger(__name__)

Fit = Callable[[dict[str, Any]], int]
"""How well a credential's open values fit what it is wanted for; 0 is not at all."""


Entrusted = Callable[[Integration], bool]
"""Whether a credential may be sent to the place that is meant."""


class NoCredential(NotFound):
    """Nobody involved has a credential of the type."""

    title = "No integration"


class NotEntrusted(AccessDenied):
    """It would be sent to a place that was written down by somebody who may not use it."""

    title = "The integration is not sent there"


class UseNotKept(Unavailable):
    """The credential was used, and the audit log does not know of it."""

    title = "The use of the integration could not be written down"


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
        also: other types that serve as well.
        tool: that asks; for the audit log.
        purpose: of the call; for the audit log.
        mapped: ids the person chose for the lender's tools; those of other types are passed over.
        named: the id the request names.
        pinned: the id the lender names.
        alias: of the only ones that may be found where no id is given.
        lender: whose choice `pinned` is; None for an inline definition, which lends nothing.
        fit: prefers among several, and passes over what does not fit.
        written_by: id of the person who wrote down where the credential is sent: it must be theirs to use as well.
            None where nobody chose that.
    """

    credential_type: str
    project: str
    also: tuple[str, ...] = ()
    tool: str = ""
    purpose: str = "tool call"
    mapped: tuple[str, ...] = ()
    named: str | None = None
    pinned: str | None = None
    alias: str | None = None
    lender: Lender | None = None
    fit: Fit | None = field(default=None, compare=False)
    written_by: str | None = None

    @property
    def types(self) -> tuple[str, ...]:
        """Every type that serves, on the wire."""
        return (self.credential_type, *self.also)


async def take(database: Database, vault: Vault, caller: Caller, wanted: Wanted) -> Credential:
    """The credential in the clear; its use is in the audit log.

    Raises:
        NoCredential: there is none the caller could use.
        NotFound: the one that was chosen is gone.
        AccessDenied: the one that the request names is not the caller's to use.
        NotEntrusted: the one that was chosen is not for who wrote down where it is sent.
        DecryptionFailed: its secrets cannot be opened.
    """
    with row_security.system("use a credential"):
        is_entrusted = await _trusting(database, caller, wanted.written_by)
        async with database.driver() as driver:
            rows = await repository.candidates_at_once(driver, *_sought(caller, wanted))
            row = _choose(caller, wanted, rows, is_entrusted)
            opened = vault.open(row)
            await tell_use_at_once(driver, caller.id, row, wanted.purpose, tool=wanted.tool)
            return opened


@asynccontextmanager
async def lent(database: Database, vault: Vault, caller: Caller, wanted: Wanted) -> AsyncGenerator[Credential]:
    """The credential in the clear for the time of the block.

    That it is used is in the audit log before the block begins, and reaches the disk while it runs: the block does not
    end before, so that nobody sees what came of a use that could be forgotten.

    Raises:
        NoCredential, NotFound, AccessDenied, NotEntrusted, DecryptionFailed: see ``take``.
        Unavailable: the database is away.
        UseNotKept: the block came to its end, and its line is lost; what went wrong in the block itself comes first.
    """
    with row_security.system("use a credential"):
        is_entrusted = await _trusting(database, caller, wanted.written_by)
        async with AsyncExitStack() as stack:
            driver = await stack.enter_async_context(database.driver())
            await stack.enter_async_context(driver.transaction())
            rows = await repository.candidates_at_once(driver, *_sought(caller, wanted))
            row = _choose(caller, wanted, rows, is_entrusted)
            opened = vault.open(row)
            await tell_use_at_once(driver, caller.id, row, wanted.purpose, tool=wanted.tool)
            committing = asyncio.create_task(stack.pop_all().aclose())
    try:
        await asyncio.sleep(0)  # until it is asked for
        yield opened
    except BaseException:  # however the caller ends, the use has been made
        with suppress(UseNotKept):
            await _kept(committing, row)
        raise
    await _kept(committing, row)


async def _kept(committing: asyncio.Task[None], row: Integration) -> None:
    """Wait until the line is on the disk; whoever gives up waiting, such as a time limit, does not stop the writing."""
    try:
        await asyncio.shield(committing)
    except Exception as error:  # whatever the driver raises
        # The log is then the only place where the use stands.
        log.exception("integration_use_not_kept", entity_id=row.id, error=type(error).__name__)
        raise UseNotKept(
            details="The database failed while the tool was at work.",
            help="What was asked for may have been done: look before you repeat it.",
        ) from error


async def resolve(session: AsyncSession, caller: Caller, wanted: Wanted) -> Integration:
    """The row that ``take`` opens.

    Raises:
        NoCredential, NotFound, AccessDenied, NotEntrusted: see ``take``.
    """
    is_entrusted = await _trust(session, caller, wanted.written_by)
    rows = await repository.candidates(session, *_sought(caller, wanted))
    return _choose(caller, wanted, rows, is_entrusted)


def _sought(caller: Caller, wanted: Wanted) -> tuple[str, str, Sequence[str], Sequence[str]]:
    """What the candidates are found by."""
    chosen = [identity for identity in (*wanted.mapped, wanted.named, wanted.pinned) if identity]
    return caller.id, wanted.project, wanted.types, chosen


def _choose(caller: Caller, wanted: Wanted, rows: Sequence[Integration], is_entrusted: Entrusted) -> Integration:
    known = {row.id: row for row in rows}
    for identity in wanted.mapped:
        row = known.get(identity)
        if row is not None and row.credential_type in wanted.types and may_use(caller, row):
            return _sent(row, is_entrusted)
    if wanted.named:
        return _sent(_named(caller, known.get(wanted.named), wanted), is_entrusted)
    if wanted.pinned:
        row = known.get(wanted.pinned)
        if row is None:
            raise _gone(wanted)
        if row.credential_type in wanted.types and (may_use(caller, row) or _lends(row, wanted.lender)):
            return _sent(row, is_entrusted)
    return _found(caller, [row for row in rows if is_entrusted(row)], wanted)


async def usable(session: AsyncSession, caller: Caller, identities: Iterable[str]) -> set[str]:
    """Those of the ids that the caller may work with."""
    rows = await repository.by_ids(session, list(identities))
    return {row.id for row in rows if may_use(caller, row)}


async def find(session: AsyncSession, caller: Caller, identity: str) -> Integration | None:
    """The row of that id, if the caller may work with it; nothing is opened."""
    return next((row for row in await repository.by_ids(session, [identity]) if may_use(caller, row)), None)


def open_values(row: Integration) -> dict[str, Any]:
    """What a row shows of its values, by key."""
    return {item["key"]: item.get("value") for item in row.values}


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


async def _trusting(database: Database, caller: Caller, writer_id: str | None) -> Entrusted:
    """As `_trust`; nobody but the caller has to be looked up for most calls."""
    if writer_id is None:
        return lambda _: True
    async with database.session() as session:
        return await _trust(session, caller, writer_id)


async def _trust(session: AsyncSession, caller: Caller, writer_id: str | None) -> Entrusted:
    """Tells of a row whether it may be sent where the writer says."""
    if writer_id is None:
        return lambda _: True
    writer = caller if writer_id == caller.id else await person(session, writer_id)
    return lambda row: writer is not None and may_use(writer, row)


def _sent(row: Integration, is_entrusted: Entrusted) -> Integration:
    if not is_entrusted(row):
        raise NotEntrusted(
            details=f"Whoever wrote down where it would be sent may not use the integration '{row.alias}'.",
            help="Choose an integration of the project, or ask an administrator to put the server into the catalogue.",
        )
    return row


def _named(caller: Caller, row: Integration | None, wanted: Wanted) -> Integration:
    if row is None:
        raise _gone(wanted)
    if not may_use(caller, row):
        raise AccessDenied(details=f"The integration '{row.id}' is not yours to use.")
    if row.credential_type not in wanted.types:
        raise NoCredential(
            details=f"The integration '{row.alias}' is of type {row.credential_type}; "
            f"{wanted.tool or 'this'} needs {' or '.join(wanted.types)}.",
            help="Choose another one.",
        )
    return row


def _found(caller: Caller, rows: Sequence[Integration], wanted: Wanted) -> Integration:
    """The best of those nobody chose: of the same fit the first by the order."""
    found = (row for row in rows if _may_be_found(caller, row, wanted))
    usable = [(fit, -_place(row, wanted.project), row) for row in found if (fit := _fit(row, wanted)) > 0]
    if not usable:
        raise NoCredential(
            details=f"There is no integration of type {' or '.join(wanted.types)}{_called(wanted)} that could be used.",
            help=f"Add one of your own, or ask an administrator of the project '{wanted.project}' to add one.",
        )
    # Rows come newest first, and max keeps the first of equals.
    return max(usable, key=lambda item: item[:2])[2]


def _may_be_found(caller: Caller, row: Integration, wanted: Wanted) -> bool:
    if row.credential_type not in wanted.types or not may_use(caller, row):
        return False
    if wanted.alias is not None and row.alias != wanted.alias:
        return False
    return row.project == wanted.project or (row.setting_type == "user" and row.is_global)


def _fit(row: Integration, wanted: Wanted) -> int:
    return 1 if wanted.fit is None else wanted.fit(open_values(row))


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
        details=f"The {' or '.join(wanted.types)} integration chosen for {wanted.tool or 'this'} was deleted.",
        help="Choose another one in the settings of the assistant.",
    )


def _called(wanted: Wanted) -> str:
    return f" with the alias '{wanted.alias}'" if wanted.alias is not None else ""
