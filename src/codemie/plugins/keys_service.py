"""Plugin keys: made, shown once, given rights, renewed, revoked.

A key is an integration of type Plugin, so it is also seen and deleted where integrations are. What is here knows more:
whoever made a key is the one whose machine it opens, so nobody else widens its rights.
"""

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity import audit
from codemie.identity.caller import Caller
from codemie.identity.policy import decide
from codemie.integrations import repository, service
from codemie.integrations.plugin_key import PLUGIN, PLUGIN_KEY
from codemie.integrations.schemas import ABILITIES, Ability, Creator, Scope, SettingRequest, SettingValue
from codemie.integrations.tables import Integration
from codemie.integrations.vault import Vault
from codemie.integrations.withdrawals import Withdrawals
from codemie.kernel.crypto import DecryptionFailed
from codemie.kernel.errors import AccessDenied, NotFound, Unprocessable
from codemie.kernel.http import Pagination
from codemie.plugins import call_history, rights_repository
from codemie.plugins.keys_schemas import (
    NewKeyRequest,
    PluginCall,
    PluginCalls,
    PluginKey,
    PluginKeyPage,
    ShownOnce,
)
from codemie.plugins.registry import Registry
from codemie.plugins.rights import Rights
from codemie.plugins.sessions import Session
from codemie.plugins.wire.subjects import is_key, key_hash, key_mark

_KEY_BYTES = 32
MARK_DIGITS = len(key_mark(""))


@dataclass(frozen=True, slots=True)
class Keyring:
    """What a process has for keys.

    Args:
        vault: of the installation.
        withdrawals: who hears of keys that open nothing any more.
        registry: knows who is connected; None where there is no plugin engine.
    """

    vault: Vault
    withdrawals: Withdrawals
    registry: Registry | None

    def known(self, key_hash: str) -> tuple[Session, ...]:
        """Agents with this key, as far as this process knows without asking."""
        return self.registry.known(key_hash) if self.registry else ()


async def listing(session: AsyncSession, caller: Caller, ring: Keyring, *, page: int, per_page: int) -> PluginKeyPage:
    """The caller's own keys and those of projects they are in, newest first."""
    rows, total = await repository.usable_of_type(session, caller, PLUGIN, number=page, size=per_page)
    rights = await rights_repository.rights_of_all(session, [row.id for row in rows])
    keys = [_view(caller, ring, row, rights[row.id]) for row in rows]
    return PluginKeyPage(data=keys, pagination=Pagination.of(page, per_page, total))


async def detail(session: AsyncSession, caller: Caller, ring: Keyring, setting_id: str) -> PluginKey:
    """One of them.

    Raises:
        NotFound: 404, there is none that the caller may use.
    """
    row = await readable(session, caller, setting_id)
    return _view(caller, ring, row, await rights_repository.rights_of(session, row.id))


async def create(session: AsyncSession, caller: Caller, ring: Keyring, body: NewKeyRequest) -> ShownOnce:
    """Make a key.

    Raises:
        AccessDenied: 403, the caller may not have one there. NotFound: 404, there is no such project.
        Unprocessable: 422, the alias is taken, or it is for a project and nobody said that this is meant.
    """
    project = service.project_of(caller, body.project_name)
    await service.require_scope(session, caller, body.scope, project)
    if body.scope == "project" and not body.confirmed:
        raise Unprocessable(
            "A key of a project has to be confirmed",
            details=f"Every member of '{project}' could run tools on the machine where the agent runs.",
            help="Send confirmed: true if that is meant, or make a key of your own.",
        )
    key = _fresh()
    setting = await service.create(session, caller, ring.vault, body.scope, _as_setting(body.alias, project, key))
    await rights_repository.save(session, setting.id, body.rights)
    row = await readable(session, caller, setting.id)
    _tell(session, caller, "created", row, scope=body.scope, confirmed=body.confirmed, rights=_facts(body.rights))
    return ShownOnce(**_view(caller, ring, row, body.rights).model_dump(), key=key)


async def change_rights(
    session: AsyncSession, caller: Caller, ring: Keyring, row: Integration, rights: Rights
) -> PluginKey:
    """Decide anew what may be done with a key that is the caller's; calls that run already come to their end."""
    before = await rights_repository.rights_of(session, row.id)
    await rights_repository.save(session, row.id, rights)
    _tell(session, caller, "rights_changed", row, before=_facts(before), after=_facts(rights))
    return _view(caller, ring, row, rights)


async def renew(session: AsyncSession, caller: Caller, ring: Keyring, row: Integration) -> ShownOnce:
    """Give a key that is the caller's a new value; agents that have the old one are cut."""
    key, former = _fresh(), row.lookup_hash
    body = _as_setting(row.alias, row.project, key, is_global=row.is_global)
    await service.change(session, caller, ring.vault, row, body, ring.withdrawals)
    _tell(session, caller, "renewed", row, former_mark=_mark(former))
    view = _view(caller, ring, row, await rights_repository.rights_of(session, row.id))
    return ShownOnce(**view.model_dump(), key=key)


async def revoke(session: AsyncSession, caller: Caller, ring: Keyring, setting_id: str) -> None:
    """Delete a key; agents that have it are cut.

    Raises:
        NotFound: 404. AccessDenied: 403, it is of a project that the caller does not administer.
    """
    row = await readable(session, caller, setting_id)
    _tell(session, caller, "revoked", row)
    await service.remove(session, caller, scope_of(row), setting_id, ring.withdrawals)


async def calls(
    session: AsyncSession, caller: Caller, setting_id: str, *, before: str | None, limit: int
) -> PluginCalls:
    """What was called with a key: all of it for whoever may revoke it, for others what was called in their name.

    Raises:
        NotFound: 404.
    """
    row = await readable(session, caller, setting_id)
    whose = None if "delete" in _abilities(caller, row) else caller.id
    found = await call_history.calls_of(session, row.id, actor_id=whose, before=before, limit=limit)
    data = [
        PluginCall(id=call.id, at=call.at, actor_id=call.actor_id, actor_name=call.actor_name, **call.facts)
        for call in found
    ]
    return PluginCalls(data=data, before=found[-1].id if len(found) == limit else None)


async def readable(session: AsyncSession, caller: Caller, setting_id: str, *, lock: bool = False) -> Integration:
    """The integration that holds a key, if the caller may use it.

    Raises:
        NotFound: 404.
    """
    row = await repository.find(session, setting_id, lock=lock)
    if row is None or row.credential_type != PLUGIN or not decide(caller, "read", service.resource_of(row)):
        raise NotFound.of("Plugin key", setting_id)
    return row


async def own(session: AsyncSession, caller: Caller, setting_id: str) -> Integration:
    """The same, locked, for whoever made it: it is their machine.

    Raises:
        NotFound: 404. AccessDenied: 403, it is somebody else's.
    """
    row = await readable(session, caller, setting_id, lock=True)
    if "write" not in _abilities(caller, row):
        raise AccessDenied(
            details=f"The key '{row.alias}' was made by somebody else, whose machine it opens.",
            help="Ask them, or have an administrator of the project revoke it.",
        )
    return row


def scope_of(row: Integration) -> Scope:
    """Whose it is."""
    return "user" if row.setting_type == "user" else "project"


def _abilities(caller: Caller, row: Integration) -> list[Ability]:
    resource = service.resource_of(row)
    may: list[Ability] = [action for action in ABILITIES if decide(caller, action, resource)]
    return [action for action in may if action != "write" or row.user_id == caller.id]


def _view(caller: Caller, ring: Keyring, row: Integration, rights: Rights) -> PluginKey:
    key = key_of(ring.vault, row)
    return PluginKey(
        id=row.id,
        alias=row.alias,
        project_name=row.project,
        scope=scope_of(row),
        created_by=Creator.model_validate(row.created_by),
        date=row.date,
        update_date=row.update_date,
        mark=key_mark(key) if key else None,
        is_usable=is_key(key),
        agents=len(ring.known(key_hash(key))),
        rights=rights,
        user_abilities=_abilities(caller, row),
    )


def key_of(vault: Vault, row: Integration) -> str:
    """The key in the clear, to see what it is good for; empty when there is none or it cannot be opened."""
    try:
        return str(vault.secrets(row).get(PLUGIN_KEY, ""))
    except DecryptionFailed:
        return ""


def _fresh() -> str:
    """256 bits of chance, in letters that no shell and no NATS subject takes for anything else."""
    return secrets.token_hex(_KEY_BYTES)


def _as_setting(alias: str, project: str, key: str, *, is_global: bool = False) -> SettingRequest:
    values = [SettingValue(key=PLUGIN_KEY, value=key), SettingValue(key="url", value="AutoGenerated")]
    return SettingRequest(
        project_name=project, alias=alias, credential_type=PLUGIN, credential_values=values, is_global=is_global
    )


def _mark(lookup_hash: str | None) -> str | None:
    """What `key_mark` says of a key, from what the row knows of it."""
    return lookup_hash[:MARK_DIGITS] if lookup_hash else None


def _facts(rights: Rights) -> dict[str, Any]:
    return rights.model_dump(mode="json")


def _tell(session: AsyncSession, caller: Caller, what: str, row: Integration, **facts: Any) -> None:
    audit.record(
        session,
        audit.PLUGINS,
        f"plugin_key.{what}",
        entity_id=row.id,
        actor_id=caller.id,
        alias=row.alias,
        project=row.project,
        mark=_mark(row.lookup_hash),
        **facts,
    )
