"""The catalogue: reading it, and what administrators do with it."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity import audit
from codemie.identity.caller import Caller
from codemie.kernel.crypto import Cipher
from codemie.kernel.database import new_id, utcnow
from codemie.kernel.errors import Conflict, InvalidInput, NotFound
from codemie.mcp import repository, sealing
from codemie.mcp.repository import Wanted
from codemie.mcp.schemas import CreateMcpConfig, McpConfigObject, McpConfigs, UpdateMcpConfig
from codemie.mcp.tables import McpConfig
from codemie.parts.schemas import CreatedBy

_DOMAIN = "mcp_management"


async def list_configs(session: AsyncSession, caller: Caller, wanted: Wanted, page: int, per_page: int) -> McpConfigs:
    """A page of what the caller may see."""
    rows, total = await repository.listing(session, caller, wanted, page, per_page)
    return McpConfigs(total=total, configs=[shown(row, uses) for row, uses in rows], page=page, per_page=per_page)


async def get_config(session: AsyncSession, caller: Caller, config_id: str) -> McpConfigObject:
    """One entry.

    Raises:
        NotFound: there is none, or it is not offered to the caller.
    """
    found = await repository.find_readable(session, caller, config_id)
    if found is None:
        raise _absent(config_id)
    return shown(*found)


async def create_config(
    session: AsyncSession, caller: Caller, cipher: Cipher, request: CreateMcpConfig
) -> McpConfigObject:
    """Add an entry; the route admits administrators only.

    Raises:
        InvalidInput: the name is taken.
        Conflict: the sign-in's id is taken.
    """
    config = _entry(caller, request)
    config.config = sealing.sealed(cipher, config.id, request.config.model_dump())
    await _store(session, config)
    _tell(session, caller, "mcp_config.created", config)
    return shown(config, 0)


async def clone_config(
    session: AsyncSession, caller: Caller, cipher: Cipher, config_id: str, request: CreateMcpConfig
) -> McpConfigObject:
    """Add an entry like another; a secret that is not sent anew comes along.

    Raises:
        NotFound: no such entry. InvalidInput: the name is taken. Conflict: the sign-in's id is taken.
    """
    source = await _locked(session, config_id)
    config = _entry(caller, request)
    config.is_public, config.is_system = source.is_public, source.is_system
    # Sealed for the source, so that a mask means the source's secret; then for the copy, which none else opens.
    wanted = sealing.sealed(cipher, source.id, request.config.model_dump(), source.config)
    clear = sealing.opened(cipher, source.id, wanted)
    if (auth := clear.get("auth_config")) and auth.get("id") == source.auth_config_id:
        # An id belongs to one entry; the copy signs in by itself.
        auth.pop("id", None)
    config.config = sealing.sealed(cipher, config.id, clear)
    config.auth_config_id = _auth_id(config.config)
    await _store(session, config)
    _tell(session, caller, "mcp_config.created", config)
    return shown(config, 0)


async def update_config(
    session: AsyncSession, caller: Caller, cipher: Cipher, config_id: str, request: UpdateMcpConfig
) -> McpConfigObject:
    """Change what the request holds; a mask keeps the secret that is stored.

    Raises:
        NotFound: no such entry. InvalidInput: the name is taken. Conflict: the sign-in's id is taken.
    """
    config = await _locked(session, config_id)
    changes = request.model_dump(exclude_unset=True, exclude={"config"}, exclude_none=True)
    for name, value in changes.items():
        setattr(config, name, value)
    if request.config is not None:
        config.config = sealing.sealed(cipher, config.id, request.config.model_dump(), config.config)
        config.auth_config_id = _auth_id(config.config)
    config.update_date = utcnow()
    await _store(session, config)
    _tell(session, caller, "mcp_config.updated", config)
    return shown(config, await repository.uses(session, config_id))


async def delete_config(session: AsyncSession, caller: Caller, config_id: str) -> None:
    """Remove an entry that nobody uses.

    Raises:
        NotFound: no such entry.
        Conflict: assistants use it.
    """
    config = await _locked(session, config_id)
    if used := await repository.uses(session, config_id):
        raise Conflict(
            "MCP config is in use",
            details=f"The MCP config '{config.name}' is used by {used} assistants and cannot be deleted.",
            help="Switch it off (is_active: false), or take it out of the assistants first.",
        )
    await repository.remove(session, config)
    _tell(session, caller, "mcp_config.deleted", config)


async def remember_uses(session: AsyncSession, assistant_id: str, servers: Iterable[dict[str, Any]]) -> None:
    """Count an assistant as a user of the entries its servers refer to."""
    ids = [str(server["mcp_config_id"]) for server in servers if server.get("mcp_config_id")]
    await repository.replace_uses(session, "assistant", assistant_id, ids)


def shown(config: McpConfig, uses: int) -> McpConfigObject:
    """The entry as clients see it."""
    fields = {name: getattr(config, name) for name in McpConfigObject.model_fields if hasattr(config, name)}
    fields["config"] = sealing.shown(config.config)
    return McpConfigObject(**fields, usage_count=uses)


def _entry(caller: Caller, request: CreateMcpConfig) -> McpConfig:
    author = CreatedBy(id=caller.id, username=caller.username, name=caller.name)
    moment = utcnow()
    return McpConfig(
        id=new_id(),
        user_id=caller.id,
        created_by=author.model_dump(),
        is_system=True,
        is_active=True,
        date=moment,
        update_date=moment,
        auth_config_id=_auth_id(request.config.model_dump()),
        **request.model_dump(exclude={"config"}),
    )


async def _store(session: AsyncSession, config: McpConfig) -> None:
    # Looking it up would store the change first, and fail on the name before it can be told.
    with session.no_autoflush:
        taken = await repository.name_taken(session, config.name, besides=config.id)
    if taken:
        raise InvalidInput(f"MCP config with name '{config.name}' already exists")
    session.add(config)
    try:
        await session.flush()
    except IntegrityError as error:
        if "uq_mcp_configs_name" in str(error):
            raise InvalidInput(f"MCP config with name '{config.name}' already exists") from error
        raise Conflict(
            "Sign-in configuration is taken", details="Another MCP config has the same auth_config.id."
        ) from error


async def _locked(session: AsyncSession, config_id: str) -> McpConfig:
    config = await repository.find(session, config_id, lock=True)
    if config is None:
        raise _absent(config_id)
    return config


def _tell(session: AsyncSession, caller: Caller, event: str, config: McpConfig) -> None:
    audit.record(session, _DOMAIN, event, entity_id=config.id, actor_id=caller.id, name=config.name)


def _auth_id(config: dict[str, Any]) -> str | None:
    value = (config.get("auth_config") or {}).get("id")
    return str(value) if value else None


def _absent(config_id: str) -> NotFound:
    return NotFound.of("MCP config", config_id)
