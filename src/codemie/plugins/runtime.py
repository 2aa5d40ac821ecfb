"""What the plugins room keeps open in a process."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Request

from codemie.embedded.nats_access import read_secrets
from codemie.integrations.runtime import IntegrationsRuntime
from codemie.kernel import row_security
from codemie.kernel.database import Database
from codemie.kernel.http import resources
from codemie.kernel.rate_limits import RateLimit
from codemie.plugins import engine, rights_repository
from codemie.plugins.bridge import Bridge
from codemie.plugins.call_recorder import open_recorder
from codemie.plugins.cluster import Connection
from codemie.plugins.engine import Engine
from codemie.plugins.gate import Gate, open_gate
from codemie.plugins.keys import admitting, recalling
from codemie.plugins.rights import Rights
from codemie.plugins.servers import servers_of
from codemie.plugins.settings import PluginsSettings
from codemie.plugins.tools import PluginTools


@dataclass(frozen=True, slots=True)
class PluginsRuntime:
    """``resources.plugins``.

    Args:
        settings: of the room.
        engine: None where the installation has no plugin engine.
        gate: who is let in, and who has to go; None where there is no engine.
        bridge: takes agents to the broker; None where there is no engine.
        bridged: how often one address may come over the bridge.
        tools: of agents; None without an engine.
    """

    settings: PluginsSettings
    engine: Engine | None
    gate: Gate | None
    bridge: Bridge | None
    bridged: RateLimit
    tools: PluginTools | None


@asynccontextmanager
async def open_runtime(
    settings: Any, database: Database, _messaging: Any, integrations: IntegrationsRuntime
) -> AsyncGenerator[PluginsRuntime]:
    """Connect to the broker, where there is one, and let agents in.

    Raises:
        Unavailable: it does not let us in.
    """
    own: PluginsSettings = settings.plugins
    bridged = RateLimit("connections of agents", own.bridged_per_minute)
    if own.broker_secret is None:
        yield PluginsRuntime(own, None, None, None, bridged, None)
        return
    servers, accesses = servers_of(own, settings.kernel), read_secrets(own.broker_secret.get_secret_value())
    async with AsyncExitStack() as stack:
        # First, so that it hears the first words of everybody who is let in.
        opened = await stack.enter_async_context(engine.running(servers, accesses, own))
        knows = admitting(database, integrations.vault), recalling(database)
        gate = await stack.enter_async_context(
            open_gate(servers, accesses, database, *knows, server_log=own.server_log)
        )

        async def went(connection: Connection) -> None:
            opened.registry.lost_connection(connection.key_hash)

        async def came(connection: Connection) -> None:
            opened.registry.new_connection(connection.key_hash)

        await gate.cluster.when_disconnected(went)
        await gate.cluster.when_connected(came)
        gate.when_revoked(opened.registry.revoked)
        integrations.withdrawals.listen(gate.withdrawn)
        calls = await stack.enter_async_context(open_recorder(database))
        bridge = Bridge(servers, accesses[0], own.bridged_agents)
        tools = PluginTools(opened, calls, partial(_rights, database))
        yield PluginsRuntime(own, opened, gate, bridge, bridged, tools)


async def _rights(database: Database, setting_id: str) -> Rights:
    """Nothing is allowed with a key that no integration holds."""
    if not setting_id:
        return Rights(allowed_tools=[])
    with row_security.system("use a credential"):
        async with database.session() as session:
            return await rights_repository.rights_of(session, setting_id)


async def _runtime(request: Request) -> PluginsRuntime:
    room: PluginsRuntime = resources(request).plugins
    return room


PluginsDep = Annotated[PluginsRuntime, Depends(_runtime)]
