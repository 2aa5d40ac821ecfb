"""A way through a proxy that is open already, for the HTTP client to begin a WebSocket on."""

import asyncio
from typing import TYPE_CHECKING, Any

from aiohttp import BaseConnector

from codemie.plugins.agent.failures import NotReached

if TYPE_CHECKING:
    from aiohttp.client_proto import ResponseHandler


class Tunnelled(BaseConnector):
    """Connects once, over a connection to the platform that nothing was said on yet.

    Args:
        writer: of the connection; it would close it if it were let go.
    """

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        super().__init__()
        self._writer = writer
        self._is_used = False

    def abandon(self) -> None:
        """Close the connection."""
        self._writer.close()

    async def _create_connection(self, req: Any, traces: Any, timeout: Any) -> "ResponseHandler":  # noqa: ARG002 - theirs
        if self._is_used:
            raise NotReached("The platform opens no WebSocket there", details="It sends us elsewhere.")
        self._is_used = True
        protocol = self._factory()
        self._writer.transport.set_protocol(protocol)
        protocol.connection_made(self._writer.transport)
        return protocol
