"""The engine of one process: who is connected, and how they are called."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from codemie.embedded.nats_access import NatsAccess
from codemie.plugins.calls import Calls
from codemie.plugins.connection import Broker
from codemie.plugins.inbox import Inbox
from codemie.plugins.registry import Registry
from codemie.plugins.settings import PluginsSettings


@dataclass(frozen=True, slots=True)
class Engine:
    """What belongs together.

    Args:
        broker: where agents are.
        inbox: where they answer.
        registry: knows them.
        calls: runs their tools.
        settings: how long everything may take.
    """

    broker: Broker
    inbox: Inbox
    registry: Registry
    calls: Calls
    settings: PluginsSettings


@asynccontextmanager
async def running(
    servers: Sequence[str], accesses: Sequence[NatsAccess], settings: PluginsSettings
) -> AsyncGenerator[Engine]:
    """An engine while the block runs.

    Raises:
        Unavailable: no NATS server lets it in.
    """
    async with AsyncExitStack() as stack:
        broker = Broker(servers, accesses)
        await broker.open()
        stack.push_async_callback(broker.close)
        inbox = Inbox(broker)
        registry = Registry(broker, inbox, settings)
        stack.push_async_callback(registry.close)
        calls = Calls(broker, inbox, registry, settings)
        stack.push_async_callback(calls.close)
        await inbox.open()
        await registry.open()
        yield Engine(broker, inbox, registry, calls, settings)
