"""The way out: connections to the systems that tools work with, kept open between calls, behind the egress guard."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import httpx2

from codemie.integrations.settings import IntegrationsSettings
from codemie.integrations.trust import authorities_of, is_verified, trusting
from codemie.integrations.vault import Credential
from codemie.kernel.egress_http import guarded_transport
from codemie.toolkits.document_cache import DocumentCache
from codemie.toolkits.settings import ToolkitsSettings
from codemie.toolkits.token_cache import TokenCache

_MOST_TRUSTS = 64
_AGENT = "CodeMie"


class Reach:
    """Shares connections, tokens that end and documents among the calls of a process. No cookie outlives a call.

    Args:
        settings: of tool calls.
        integrations: where integrations may lead.
    """

    def __init__(self, settings: ToolkitsSettings, integrations: IntegrationsSettings) -> None:
        self.settings = settings
        self.tokens = TokenCache()
        self.documents = DocumentCache()
        self._policy = integrations.egress()
        self._transports: OrderedDict[str, httpx2.AsyncBaseTransport] = OrderedDict()

    def way(self, credential: Credential | None, answer_seconds: float | None = None) -> "Way":
        """The way of one call; it need not be closed.

        Args:
            credential: whose certificates are believed.
            answer_seconds: how long the system may be silent, if not as the settings say.

        Raises:
            NoCertificate: the credential's certificate is none.
        """
        silence = answer_seconds or self.settings.answer_seconds
        return Way(self._transport(credential), httpx2.Timeout(silence, connect=self.settings.connect_seconds))

    def _transport(self, credential: Credential | None) -> httpx2.AsyncBaseTransport:
        """Connections are shared by those who believe the same certificates."""
        values = credential.values if credential else {}
        authorities = authorities_of(values)
        verified = is_verified(credential.credential_type if credential else "", values)
        key = f"{verified}{authorities}"
        transport = self._transports.get(key)
        if transport is None:
            trust = trusting(authorities, verify=verified)
            transport = guarded_transport(self._policy, self.settings.max_answer_bytes, trust)
            self._transports[key] = transport
            # The oldest may be in use: it is let go, and closes what it holds once nobody does.
            while len(self._transports) > _MOST_TRUSTS:
                self._transports.popitem(last=False)
        self._transports.move_to_end(key)
        return transport

    async def close(self) -> None:
        """Close every connection."""
        for transport in self._transports.values():
            await transport.aclose()
        self._transports.clear()


class Way:
    """Requests over shared connections that remember nothing of one another: no cookie, no redirect.

    A client of httpx2 for each call would cost more than the request.

    Args:
        transport: the connections.
        timeout: of each step of a request.
    """

    def __init__(self, transport: httpx2.AsyncBaseTransport, timeout: httpx2.Timeout) -> None:
        self._transport = transport
        self._extensions = {"timeout": timeout.as_dict()}

    async def request(self, method: str, url: httpx2.URL, headers: Mapping[str, str], **body: Any) -> httpx2.Response:
        """The whole answer.

        Args:
            method: of HTTP.
            url: with its query.
            headers: beside those that every request has.
            body: one of the bodies of `httpx2.Request`.

        Raises:
            httpx2.HTTPError: there is none. CodeMieError: the guard refuses, or it is too long.
        """
        sent = httpx2.Headers({"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": _AGENT})
        sent.update(headers)
        request = httpx2.Request(method, url, headers=sent, extensions=self._extensions, **body)
        answer = await self._transport.handle_async_request(request)
        answer.request = request
        try:
            await answer.aread()
        finally:
            await answer.aclose()
        return answer
