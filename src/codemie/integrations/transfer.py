"""Moving or copying the credentials of one project to another; for administrators."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity import audit
from codemie.identity.caller import Caller
from codemie.identity.policy import require_superuser
from codemie.identity.repository import project_by_name
from codemie.integrations import lookup, moving, repository
from codemie.integrations.schemas import (
    Scope,
    TransferItem,
    TransferMode,
    TransferRequest,
    TransferResponse,
    TypeOfIntegration,
)
from codemie.integrations.service import INTEGRATIONS, INTERNAL_ALIASES
from codemie.integrations.tables import Integration
from codemie.integrations.vault import Vault
from codemie.kernel import row_security
from codemie.kernel.database import new_id, utcnow
from codemie.kernel.errors import Conflict, NotFound, Unprocessable

ONE_OF_A_KIND = frozenset({"Webhook", "Scheduler"})
"""They start things: two of the same would start them twice."""


async def transfer(session: AsyncSession, caller: Caller, vault: Vault, wanted: TransferRequest) -> TransferResponse:
    """Move or copy; all of it or nothing.

    Raises:
        AccessDenied: 403, neither administrator nor maintainer.
        NotFound: 404, a project does not exist.
        Conflict: 409, the target has an alias already.
        Unprocessable: 422, what is asked for makes no sense.
    """
    require_superuser(caller)
    scopes = _scopes(wanted)
    await _require_projects(session, wanted)
    # An administrator may move what they may not see: the rows of other people.
    async with row_security.beyond(session, "keep references whole"):
        rows = await _chosen(session, wanted, scopes)
        taken, left = _divided(wanted, rows)
        await _refuse_collisions(session, wanted.target_project_name, taken)
        if wanted.mode == "move":
            done = [_moved(row, wanted.target_project_name) for row in taken]
        else:
            done = [_copied(session, vault, row, wanted.target_project_name) for row in taken]
        audit.record(
            session,
            INTEGRATIONS,
            f"integration.{'moved' if wanted.mode == 'move' else 'copied'}",
            entity_id=wanted.source_project_name,
            actor_id=caller.id,
            target=wanted.target_project_name,
            aliases=[row.alias for row in done],
        )
        await session.flush()
        if wanted.mode == "move":
            await moving.left(session, [row.id for row in done], wanted.source_project_name)
        else:
            for source, copy in zip(taken, done, strict=True):
                await moving.copied(session, source.id, copy.id)
    return _answer(wanted, done, left)


def _scopes(wanted: TransferRequest) -> list[Scope]:
    if wanted.source_project_name == wanted.target_project_name:
        raise Unprocessable("Invalid transfer", details="Source and target projects must be different.")
    if wanted.list is not None and not wanted.list:
        raise Unprocessable(
            "Invalid transfer", details="The integration list must not be empty. Leave it out to take all."
        )
    which = wanted.type_of_integration or TypeOfIntegration(user_integrations=True, project_integrations=True)
    flags: list[tuple[Scope, bool]] = [("user", which.user_integrations), ("project", which.project_integrations)]
    scopes: list[Scope] = [scope for scope, chosen in flags if chosen]
    if not scopes:
        raise Unprocessable("Invalid transfer", details="At least one integration type must be selected.")
    return scopes


async def _require_projects(session: AsyncSession, wanted: TransferRequest) -> None:
    for which, name in (("Source", wanted.source_project_name), ("Target", wanted.target_project_name)):
        if await project_by_name(session, name) is None:
            raise NotFound(f"{which} project not found", details=f"{which} project '{name}' does not exist.")


async def _chosen(session: AsyncSession, wanted: TransferRequest, scopes: list[Scope]) -> list[Integration]:
    source = wanted.source_project_name
    if wanted.list is None:
        return [row for row in await repository.named(session, source, scopes) if _may_leave(row)]
    asked = list(dict.fromkeys(wanted.list))
    known = [row for row in await repository.named(session, source, ("user", "project"), asked) if _may_leave(row)]
    rows = [row for row in known if row.setting_type in scopes]
    if absent := sorted(set(asked) - {row.alias for row in known}):
        raise Unprocessable(
            "Invalid transfer", details=f"These integrations were not found in project '{source}': {', '.join(absent)}."
        )
    if other := sorted(set(asked) - {row.alias for row in rows}):
        raise Unprocessable(
            "Invalid transfer", details=f"These integrations are not of the requested type: {', '.join(other)}."
        )
    return rows


def _may_leave(row: Integration) -> bool:
    return not row.alias.startswith(INTERNAL_ALIASES)


def _divided(wanted: TransferRequest, rows: list[Integration]) -> tuple[list[Integration], list[Integration]]:
    """What goes and what stays."""
    if wanted.mode == "move":
        return rows, []
    left = [row for row in rows if row.credential_type in ONE_OF_A_KIND]
    if left and wanted.list is not None:
        names = ", ".join(sorted(row.alias for row in left))
        raise Unprocessable(
            "Invalid transfer",
            details=f"These integrations cannot be transferred in copy mode: {names}.",
            help="Webhooks and schedules can be moved.",
        )
    return [row for row in rows if row not in left], left


async def _refuse_collisions(session: AsyncSession, target: str, rows: Sequence[Integration]) -> None:
    there = await repository.named(session, target, ("user", "project"), {row.alias for row in rows})
    held = {(row.setting_type, row.user_id if row.setting_type == "user" else "", row.alias) for row in there}
    same = {(row.setting_type, row.user_id if row.setting_type == "user" else "", row.alias) for row in rows}
    if both := sorted({alias for _, _, alias in held & same}):
        raise Conflict(
            "Aliases exist in the target project",
            details=f"Project '{target}' has integrations of these aliases already: {', '.join(both)}.",
            help="Rename or remove them first; nothing was transferred.",
        )


def _moved(row: Integration, target: str) -> Integration:
    row.project, row.update_date = target, utcnow()
    return row


def _copied(session: AsyncSession, vault: Vault, row: Integration, target: str) -> Integration:
    """A row of its own, sealed anew: what is sealed for one row does not open in another."""
    copy = Integration(
        id=new_id(),
        project=target,
        user_id=row.user_id,
        created_by=row.created_by,
        alias=row.alias,
        credential_type=row.credential_type,
        setting_type=row.setting_type,
        is_global=row.is_global,
        values=row.values,
    )
    secrets = vault.secrets(row)
    vault.seal(copy, secrets)
    lookup.stamp(copy, secrets)
    session.add(copy)
    return copy


def _answer(wanted: TransferRequest, done: list[Integration], left: list[Integration]) -> TransferResponse:
    source, target, mode = wanted.source_project_name, wanted.target_project_name, wanted.mode
    return TransferResponse(
        message=_message(source, target, mode, len(done)),
        source_project_name=source,
        target_project_name=target,
        mode=mode,
        transferred_count=len(done),
        transferred=[_item(row) for row in done],
        skipped_count=len(left),
        skipped=[_item(row) for row in left],
    )


def _message(source: str, target: str, mode: TransferMode, count: int) -> str:
    if not count:
        return f"No transferable integrations found in project '{source}'."
    done = "moved" if mode == "move" else "copied"
    return f"{count} integration{'s' if count > 1 else ''} {done} from project '{source}' to project '{target}'."


def _item(row: Integration) -> TransferItem:
    return TransferItem(id=row.id, alias=row.alias, credential_type=row.credential_type)
