"""Routes of plugin keys, and where agents connect with them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from codemie.identity.authentication import CallerDep
from codemie.integrations.runtime import RoomDep
from codemie.integrations.tables import Integration
from codemie.kernel.database import DatabaseDep, SessionDep
from codemie.kernel.http import Message, PageNumber, PageSize, resources
from codemie.plugins import key_agents, keys_service
from codemie.plugins.call_history import MOST_AT_ONCE
from codemie.plugins.client_address import client_uri
from codemie.plugins.keys_schemas import (
    Connection,
    NewKeyRequest,
    PluginAgent,
    PluginCalls,
    PluginKey,
    PluginKeyPage,
    PluginSessionPage,
    ShownOnce,
)
from codemie.plugins.keys_service import Keyring
from codemie.plugins.rights import Rights
from codemie.plugins.settings import PluginsSettings

router = APIRouter(prefix="/v1/plugin-engine", tags=["plugins"])


async def _keyring(request: Request, room: RoomDep) -> Keyring:
    engine = resources(request).plugins.engine
    return Keyring(room.vault, room.withdrawals, engine.registry if engine else None)


KeyringDep = Annotated[Keyring, Depends(_keyring)]


async def _own(session: SessionDep, caller: CallerDep, setting_id: str) -> Integration:
    """Before the body is looked at: what is wrong with it is nobody's business who may not send it."""
    return await keys_service.own(session, caller, setting_id)


@router.get("/connection")
async def show_connection(_caller: CallerDep, request: Request) -> Connection:
    """Where agents connect, as seen from where the request came from."""
    settings: PluginsSettings = resources(request).settings.plugins
    return Connection(uri=client_uri(request, settings), is_enabled=settings.broker_secret is not None)


@router.get("/sessions")
async def list_sessions(
    session: SessionDep, caller: CallerDep, ring: KeyringDep, page: PageNumber = 0, per_page: PageSize = 20
) -> PluginSessionPage:
    """Which agents are connected now, over all keys that the caller may use."""
    return await key_agents.sessions(session, caller, ring, page=page, per_page=per_page)


@router.get("/keys")
async def list_keys(
    session: SessionDep, caller: CallerDep, ring: KeyringDep, page: PageNumber = 0, per_page: PageSize = 20
) -> PluginKeyPage:
    return await keys_service.listing(session, caller, ring, page=page, per_page=per_page)


@router.post("/keys", status_code=201)
async def create_key(session: SessionDep, caller: CallerDep, ring: KeyringDep, body: NewKeyRequest) -> ShownOnce:
    """Make a key. The answer is the only one that holds it."""
    return await keys_service.create(session, caller, ring, body)


@router.get("/keys/{setting_id}")
async def show_key(session: SessionDep, caller: CallerDep, ring: KeyringDep, setting_id: str) -> PluginKey:
    return await keys_service.detail(session, caller, ring, setting_id)


@router.get("/keys/{setting_id}/agents")
async def list_agents(database: DatabaseDep, caller: CallerDep, ring: KeyringDep, setting_id: str) -> list[PluginAgent]:
    """Who is connected with a key now, and what they offer."""
    return await key_agents.agents_of(database, caller, ring, setting_id)


@router.get("/keys/{setting_id}/calls")
async def list_calls(
    session: SessionDep,
    caller: CallerDep,
    setting_id: str,
    before: Annotated[str | None, Query(description="Id of a call; only older ones.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_AT_ONCE)] = 50,
) -> PluginCalls:
    """What was called with a key, the newest first."""
    return await keys_service.calls(session, caller, setting_id, before=before, limit=limit)


@router.put("/keys/{setting_id}/rights")
async def change_rights(
    session: SessionDep,
    caller: CallerDep,
    ring: KeyringDep,
    row: Annotated[Integration, Depends(_own)],
    body: Rights,
) -> PluginKey:
    """Decide what may be done with a key; whoever made it does."""
    return await keys_service.change_rights(session, caller, ring, row, body)


@router.post("/keys/{setting_id}/renewal", status_code=201)
async def renew_key(
    session: SessionDep, caller: CallerDep, ring: KeyringDep, row: Annotated[Integration, Depends(_own)]
) -> ShownOnce:
    """Give a key a new value, told once; agents that have the former one are cut."""
    return await keys_service.renew(session, caller, ring, row)


@router.delete("/keys/{setting_id}")
async def revoke_key(session: SessionDep, caller: CallerDep, ring: KeyringDep, setting_id: str) -> Message:
    """Delete a key; agents that have it are cut."""
    await keys_service.revoke(session, caller, ring, setting_id)
    return Message(message="Plugin key revoked")
