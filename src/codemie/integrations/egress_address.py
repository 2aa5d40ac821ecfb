"""The address that other systems see when this installation calls: told by the operator, or observed from outside."""

import asyncio
import ipaddress
import time

import httpx2

from codemie.integrations.settings import IntegrationsSettings
from codemie.kernel.egress_http import guarded_client
from codemie.kernel.errors import CodeMieError
from codemie.kernel.telemetry import get_logger

log = get_logger(__name__)

_KNOWN_SECONDS = 3600.0
_UNKNOWN_SECONDS = 60.0
_MOST_BYTES = 1000


class EgressAddress:
    """Observes it at a service that answers with the caller's address, now and then, when somebody wants to know.

    Args:
        settings: what the operator said, and who may be asked.
    """

    def __init__(self, settings: IntegrationsSettings) -> None:
        self._settings = settings
        self._observed: str | None = None
        self._until = 0.0
        self._asking = asyncio.Lock()

    async def current(self) -> str | None:
        """The address; None where nobody knows."""
        if self._settings.egress_ip or not self._settings.egress_ip_from:
            return self._settings.egress_ip
        async with self._asking:
            if time.monotonic() >= self._until:
                self._observed = await self._observe(self._settings.egress_ip_from)
                self._until = time.monotonic() + (_KNOWN_SECONDS if self._observed else _UNKNOWN_SECONDS)
        return self._observed

    async def _observe(self, url: str) -> str | None:
        seconds = min(5.0, self._settings.test_seconds)
        try:
            async with (
                asyncio.timeout(seconds),
                guarded_client(
                    self._settings.egress(), headers={}, timeout=httpx2.Timeout(seconds), max_bytes=_MOST_BYTES
                ) as http,
            ):
                answer = await http.get(url)
            return str(ipaddress.ip_address(answer.raise_for_status().text.strip()))
        except (httpx2.HTTPError, httpx2.InvalidURL, CodeMieError, TimeoutError, ValueError) as error:
            log.warning("egress_address_unknown", asked=url, error=type(error).__name__)
            return None
