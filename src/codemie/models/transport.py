"""Connections to model endpoints, shared by all models of an event loop and closed with it.

Two clients, because the fast path speaks aiohttp and the providers' own libraries speak httpx2.
"""

from __future__ import annotations

import asyncio
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    import aiohttp
    import httpx2

MOST_CONNECTIONS = 1_000
_IDLE_SECONDS = 30


_numbers = count()


class Transport:
    """The clients of one event loop, each made when first needed.

    Attributes:
        number: of this one alone. What is kept for a transport is kept under it: an address in memory is used again.
    """

    def __init__(self) -> None:
        self.number = next(_numbers)

    @cached_property
    def session(self) -> aiohttp.ClientSession:
        """For `direct` and `embeddings`."""
        import aiohttp

        connector = aiohttp.TCPConnector(limit=MOST_CONNECTIONS, ttl_dns_cache=60, keepalive_timeout=_IDLE_SECONDS)
        return aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=None)
        )

    @cached_property
    def client(self) -> httpx2.AsyncClient:
        """For the providers' libraries."""
        import httpx2

        limits = httpx2.Limits(max_connections=MOST_CONNECTIONS, max_keepalive_connections=100)
        return httpx2.AsyncClient(timeout=httpx2.Timeout(120, connect=10), limits=limits)

    async def close(self) -> None:
        """Close what was opened."""
        opened = self.__dict__
        if "session" in opened:
            await self.session.close()
        if "client" in opened:
            await self.client.aclose()


_of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, Transport] = WeakKeyDictionary()


def transport() -> Transport:
    """Return the transport of the running event loop."""
    loop = asyncio.get_running_loop()
    found = _of_loop.get(loop)
    if found is None:
        found = _of_loop[loop] = Transport()
    return found


async def close_transport() -> None:
    """Close the connections of the running event loop; a later call opens new ones."""
    if found := _of_loop.pop(asyncio.get_running_loop(), None):
        await found.close()
