"""Storing credentials, changing and showing them. Nothing here returns a secret."""

from collections.abc import Iterable
from typing import Any, Literal

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity import audit
from codemie.identity.caller import Caller
from codemie.identity.policy import Resource, decide
from codemie.identity.projects_use import require_usable
from codemie.integrations import lookup, moving, repository
from codemie.integrations.catalogue import TYPES
from codemie.integrations.credential_values import divided, masked, tidied
from codemie.integrations.filters import SettingFilters
from codemie.integrations.schemas import (
    ABILITIES,
    Ability,
    Creator,
    Scope,
    Setting,
    SettingDetail,
    SettingPage,
    SettingRequest,
)
from codemie.integrations.tables import Integration
from codemie.integrations.vault import Vault
from codemie.integrations.withdrawals import Withdrawals
from codemie.kernel.database import new_id, utcnow
from codemie.kernel.errors import AccessDenied, InvalidInput, NotFound, Unprocessable
from codemie.kernel.http import Pagination

INTEGRATIONS = "integration_management"
USED = "integration.used"
"""Domain of the audit log."""
MAX_USABLE = 1000
MAX_WEBHOOK_ID = 255
INTERNAL_ALIASES = ("__internal__", "codemie:project:", "Schedule_")
"""Rows of the platform's own begin so: people neither see nor move them."""


def resource_of(row: Integration) -> Resource:
    """What the policy needs to know of a credential."""
    kind = "user_integration" if row.setting_type == "user" else "project_integration"
    return Resource(kind, row.user_id, row.project)


def view(row: Integration) -> Setting:
    """What clients see: every secret masked."""
    return Setting(
        id=row.id,
        date=row.date,
        update_date=row.update_date,
        user_id=row.user_id,
        created_by=Creator.model_validate(row.created_by),
        project_name=row.project,
        alias=row.alias,
        default=row.is_default,
        credential_type=row.credential_type,
        credential_values=masked(row.values, row.secret_keys),
        setting_type="user" if row.setting_type == "user" else "project",
        is_global=row.is_global,
    )


async def list_settings(
    session: AsyncSession, caller: Caller, scope: Scope, filters: SettingFilters, *, page: int, per_page: int
) -> SettingPage:
    """The caller's own, or those of projects they administer; newest first."""
    rows, total = await repository.page(session, caller, scope, filters, number=page, size=per_page)
    return SettingPage(data=views(rows), pagination=Pagination.of(page, per_page, total))


async def detail(session: AsyncSession, caller: Caller, scope: Scope, setting_id: str) -> SettingDetail:
    """One credential, its secrets masked.

    Raises:
        NotFound: 404, there is none of this scope that the caller may use.
    """
    row = await readable(session, caller, scope, setting_id)
    resource = resource_of(row)
    abilities: list[Ability] = [action for action in ABILITIES if decide(caller, action, resource)]
    return SettingDetail(**view(row).model_dump(), user_abilities=abilities)


async def readable(
    session: AsyncSession, caller: Caller, scope: Scope, setting_id: str, *, lock: bool = False
) -> Integration:
    """The row, if the caller may know of it.

    Raises:
        NotFound: 404.
    """
    row = await repository.find(session, setting_id, lock=lock)
    if row is None or row.setting_type != scope or not decide(caller, "read", resource_of(row)):
        raise NotFound.of("Setting", setting_id)
    return row


def views(rows: Iterable[Integration]) -> list[Setting]:
    """The same for several."""
    return [view(row) for row in rows]


async def usable(session: AsyncSession, caller: Caller, scope: str | None) -> list[Setting]:
    """What the caller may use in assistants and data sources."""
    rows = await repository.usable(session, caller, every_project=scope == "marketplace", limit=MAX_USABLE)
    return views(row for row in rows if not row.alias.startswith(INTERNAL_ALIASES))


async def creators(session: AsyncSession, caller: Caller) -> list[Creator]:
    """Who made the credentials of projects that the caller administers."""
    return [Creator.model_validate(person) for person in await repository.creators(session, caller)]


async def create(session: AsyncSession, caller: Caller, vault: Vault, scope: Scope, body: SettingRequest) -> Setting:
    """Store a credential.

    Raises:
        AccessDenied: 403, the caller may not have one there. NotFound: 404, there is no such project.
        Unprocessable: 422, the alias is taken or the values are not acceptable.
        Conflict: 409, its plugin key is somebody else's.
    """
    project = project_of(caller, body.project_name)
    await require_scope(session, caller, scope, project)
    row = Integration(
        id=new_id(),
        project=project,
        user_id=caller.id,
        created_by={"id": caller.id, "username": caller.username, "name": caller.name},
        credential_type=body.credential_type,
        setting_type=scope,
        secret_keys=[],
    )
    await _fill(session, vault, row, body, project)
    session.add(row)
    await _store(session, row)
    _tell(session, caller, "created", row)
    return view(row)


async def change(
    session: AsyncSession,
    caller: Caller,
    vault: Vault,
    row: Integration,
    body: SettingRequest,
    withdrawals: Withdrawals,
) -> Setting:
    """Replace a credential that the caller may change; masked secrets stay as they are.

    Raises:
        AccessDenied: 403, the caller may not move it to that project. NotFound: 404, there is no such project.
        InvalidInput: 400, it is of another type. Conflict: 409, its plugin key is somebody else's.
        Unprocessable: 422, the alias is taken or the values are not acceptable.
    """
    project = body.project_name or row.project
    if project != row.project:
        await _require_target(session, caller, row, project)
    if body.credential_type != row.credential_type:
        raise InvalidInput(
            "The type of an integration cannot be changed",
            details=f"'{row.alias}' is of type {row.credential_type}, not {body.credential_type}.",
            help="Create another one.",
        )
    before, hash_before = row.project, row.lookup_hash
    await _fill(session, vault, row, body, project)
    row.update_date = utcnow()
    await _store(session, row)
    if project != before:
        await moving.left(session, [row.id], before)
    if row.lookup_hash != hash_before:
        withdrawals.on_commit(session, hash_before)
    _tell(session, caller, "updated", row)
    return view(row)


async def remove(
    session: AsyncSession, caller: Caller, scope: Scope, setting_id: str, withdrawals: Withdrawals
) -> None:
    """Forget a credential.

    Raises:
        NotFound: 404. AccessDenied: 403.
    """
    row = await changeable(session, caller, scope, setting_id, "delete")
    _tell(session, caller, "deleted", row)
    withdrawals.on_commit(session, row.lookup_hash)
    await session.delete(row)


async def changeable(
    session: AsyncSession, caller: Caller, scope: Scope, setting_id: str, action: Literal["write", "delete"]
) -> Integration:
    """The row, locked, if the caller may change it.

    Raises:
        NotFound: 404, there is none of this scope that the caller may know of.
        AccessDenied: 403, a member who does not administer its project.
    """
    row = await readable(session, caller, scope, setting_id, lock=True)
    if not decide(caller, action, resource_of(row)):
        verb = {"write": "update", "delete": "delete"}[action]
        raise AccessDenied(details=f"You do not have sufficient permissions to {verb} this entity.")
    return row


async def require_scope(session: AsyncSession, caller: Caller, scope: Scope, project: str) -> None:
    """Refuse who may not have a credential of this scope in the project.

    Raises:
        AccessDenied: 403. NotFound: 404, there is no such project.
    """
    await require_usable(session, caller, project)
    if scope == "project" and not (caller.is_superuser or caller.manages(project)):
        raise AccessDenied(
            details=f"You do not have sufficient permissions to access the project '{project}'.",
            help="An administrator of the project can add its credentials; your own you can add yourself.",
        )


async def _require_target(session: AsyncSession, caller: Caller, row: Integration, project: str) -> None:
    """Moving a credential into a project is a matter of its administrators, also for personal ones."""
    if not (caller.is_superuser or caller.manages(project)):
        raise AccessDenied(details=f"You do not have sufficient permissions to access the project '{project}'.")
    await require_usable(session, caller, project)
    if row.credential_type == "MSTeams":
        raise InvalidInput(
            "A Teams bot cannot move",
            details=f"The bot's integration belongs to project '{row.project}', not '{project}'.",
        )


def project_of(caller: Caller, named: str | None) -> str:
    """Where a credential goes: the project that is named, or the caller's usual one.

    Raises:
        Unprocessable: 422, there is neither.
    """
    if project := named or caller.default_project:
        return project
    raise Unprocessable("A project is missing", details="project_name is empty.", help="Name a project of yours.")


async def _fill(session: AsyncSession, vault: Vault, row: Integration, body: SettingRequest, project: str) -> None:
    """Put what was sent into the row, once it is known to be acceptable."""
    alias = _acceptable_alias(body.alias)
    if await repository.alias_is_taken(session, row, alias, project):
        raise _alias_taken(alias)
    if row.setting_type == "user" and not TYPES[row.credential_type].personal:
        raise AccessDenied(details=f"Credentials of type {row.credential_type} belong to projects, not to people.")
    values = tidied(row.credential_type, body.credential_values)
    row.values, secrets = divided(row.credential_type, values, vault.secrets(row))
    vault.seal(row, secrets)
    hash_before = row.lookup_hash
    lookup.stamp(row, secrets)
    if row.lookup_hash not in (None, hash_before):
        await lookup.refuse_foreign(session, row)
    webhook_id = _webhook(row)
    if webhook_id and await repository.webhook_is_taken(session, webhook_id, row.id):
        raise _webhook_taken(webhook_id)
    row.webhook_id = webhook_id
    row.alias, row.project = alias, project
    row.is_global = bool(body.is_global) and row.setting_type == "user"


def _acceptable_alias(alias: str) -> str:
    alias = alias.strip()
    if not alias:
        raise Unprocessable("An alias is missing", details="alias is empty.", help="Give the integration a name.")
    if alias.startswith(INTERNAL_ALIASES):
        raise Unprocessable(
            "This alias is reserved", details=f"alias begins with one of {', '.join(INTERNAL_ALIASES)}."
        )
    return alias


async def _store(session: AsyncSession, row: Integration) -> None:
    """Write it; of two that ask for one name in the same moment, the database lets one have it."""
    try:
        await session.flush()
    except IntegrityError as error:
        raise (_webhook_taken(row.webhook_id) if "webhook" in str(error.orig) else _alias_taken(row.alias)) from error


def _alias_taken(alias: str) -> Unprocessable:
    return Unprocessable(
        "The alias is taken",
        details=f"There are more than one settings with the alias named {alias}",
        help="Choose another alias.",
    )


def _webhook_taken(webhook_id: str | None) -> Unprocessable:
    return Unprocessable(
        "The webhook is taken",
        details=f"A webhook with webhook_id '{webhook_id}' exists already.",
        help="Choose another webhook_id: it is part of the address.",
    )


def _webhook(row: Integration) -> str | None:
    """The name in its address, which nobody else's webhook may have."""
    if row.credential_type != "Webhook":
        return None
    wanted = next((item.get("value") for item in row.values if item["key"] == "webhook_id"), None)
    name = str(wanted).strip() if wanted else ""
    if len(name) > MAX_WEBHOOK_ID:
        raise Unprocessable(
            "Invalid webhook",
            details=f"webhook_id has {len(name)} characters; {MAX_WEBHOOK_ID} are allowed.",
            help="Choose a short one: it is part of the address.",
        )
    return name or None


def _tell(session: AsyncSession, caller: Caller, what: str, row: Integration) -> None:
    audit.record(
        session,
        INTEGRATIONS,
        f"integration.{what}",
        entity_id=row.id,
        actor_id=caller.id,
        alias=row.alias,
        project=row.project,
        credential_type=row.credential_type,
        setting_type=row.setting_type,
    )


def tell_use(session: AsyncSession, actor_id: str, row: Integration, purpose: str, **facts: str) -> None:
    """Tell the audit log that a credential is taken out, in the transaction that does it.

    Args:
        session: of the use.
        actor_id: in whose name.
        row: the credential.
        purpose: what for.
        facts: more of it, such as the tool.
    """
    audit.record(
        session,
        INTEGRATIONS,
        USED,
        entity_id=row.id,
        actor_id=actor_id,
        alias=row.alias,
        project=row.project,
        purpose=purpose,
        **facts,
    )


async def tell_use_at_once(driver: Any, actor_id: str, row: Integration, purpose: str, **facts: str) -> None:
    """The same before it is taken out, in a statement of its own: without the line there is no credential.

    Args:
        driver: a connection of `Database.driver`.
        actor_id: in whose name.
        row: the credential.
        purpose: what for.
        facts: more of it, such as the tool.
    """
    about = {"alias": row.alias, "project": row.project, "purpose": purpose, **facts}
    await audit.record_at_once(driver, INTEGRATIONS, USED, entity_id=row.id, actor_id=actor_id, **about)
