"""HTTP clients that reach only what an egress policy allows, for addresses that users typed.

Every connection is made to an address the policy has just resolved and allowed, so neither a second DNS answer nor a
redirect leads elsewhere. Where the environment names a proxy, the proxy connects, and resolves the name once more: the
policy has the first word then, the administrator's proxy the last. Answers are bounded before anybody parses them.
"""

import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, cast
from urllib.parse import unquote, urlsplit

import httpcore2
import httpx2

from codemie.kernel.egress import EgressPolicy
from codemie.kernel.errors import UpstreamFailed
from codemie.kernel.proxies import proxy_for
from codemie.kernel.proxies import shown as proxy_shown

_EVENT_STREAM = "text/event-stream"
_LIMITS: Mapping[str, Any] = {"max_connections": 20, "max_keepalive_connections": 5, "keepalive_expiry": 30}
_PORTS = {"http": 80, "https": 443}


def guarded_client(
    policy: EgressPolicy,
    *,
    headers: Mapping[str, str],
    timeout: httpx2.Timeout,
    max_bytes: int,
    trust: ssl.SSLContext | None = None,
    event_streams: bool = False,
) -> httpx2.AsyncClient:
    """A client that follows no redirect by itself.

    Args:
        policy: where it may connect to.
        headers: sent with every request.
        timeout: of connecting, reading and writing.
        max_bytes: longest answer accepted.
        trust: which certificates are believed; those of public authorities unless said otherwise.
        event_streams: they may be longer: who reads them bounds each event.
    """
    # Identity: a bound on compressed bytes would bound nothing.
    sent = {"Accept-Encoding": "identity", **headers}
    transport = _GuardedTransport(policy, max_bytes, trust, event_streams=event_streams)
    return httpx2.AsyncClient(transport=transport, headers=sent, timeout=timeout, follow_redirects=False)


def guarded_transport(
    policy: EgressPolicy, max_bytes: int, trust: ssl.SSLContext | None = None
) -> httpx2.AsyncBaseTransport:
    """The connections of such a client alone, to be shared by many short-lived clients; see ``guarded_client``."""
    return _GuardedTransport(policy, max_bytes, trust)


class _CheckedBackend(httpcore2.AsyncNetworkBackend):
    """Connects to the addresses the policy allows, and to no other."""

    def __init__(self, policy: EgressPolicy) -> None:
        self._policy = policy
        self._sockets = cast("httpcore2.AsyncNetworkBackend", httpcore2.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        failure: Exception | None = None
        for address in await self._policy.resolve(host, port):
            try:
                return await self._sockets.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore2.ConnectError(f"{host} has no address")

    async def sleep(self, seconds: float) -> None:
        await self._sockets.sleep(seconds)


class _Pooled(httpx2.AsyncHTTPTransport):
    """httpx2's own over a given pool: its transport takes no network backend."""

    def __init__(self, pool: httpcore2.AsyncConnectionPool) -> None:
        super().__init__(trust_env=False)
        self._pool = pool


class _GuardedTransport(httpx2.AsyncBaseTransport):
    def __init__(
        self, policy: EgressPolicy, max_bytes: int, trust: ssl.SSLContext | None, *, event_streams: bool = False
    ) -> None:
        self._policy = policy
        self._max_bytes = max_bytes
        self._event_streams = event_streams
        self._trust = trust or httpx2.create_ssl_context(trust_env=False)
        backend = _CheckedBackend(policy)
        self._direct = _Pooled(
            httpcore2.AsyncConnectionPool(ssl_context=self._trust, network_backend=backend, **_LIMITS)
        )
        self._proxied: dict[str, _Pooled] = {}

    def _through(self, proxy: str) -> _Pooled:
        found = self._proxied.get(proxy)
        if found is None:
            parts = urlsplit(proxy)
            place = f"{parts.scheme}://{proxy_shown(proxy)}"
            user = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
            pool = httpcore2.AsyncHTTPProxy(place, proxy_auth=user, ssl_context=self._trust, **_LIMITS)
            found = self._proxied[proxy] = _Pooled(pool)
        return found

    async def aclose(self) -> None:
        for transport in (self._direct, *self._proxied.values()):
            await transport.aclose()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        transport = self._direct
        if proxy := proxy_for(f"{request.url.scheme}://{request.url.netloc.decode()}"):
            await self._policy.admit(request.url.host, request.url.port or _PORTS.get(request.url.scheme, 443))
            transport = self._through(proxy)
        response = await transport.handle_async_request(request)
        encoding = response.headers.get("content-encoding", "identity")
        if encoding != "identity":
            await response.aclose()
            raise UpstreamFailed("The server answered in a form it was not asked for", details=f"Encoding {encoding}.")
        if self._event_streams and response.headers.get("content-type", "").startswith(_EVENT_STREAM):
            return response
        stream = _Bounded(response.stream, self._max_bytes)
        return httpx2.Response(
            response.status_code, headers=response.headers, stream=stream, extensions=response.extensions
        )


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: Any, limit: int) -> None:
        self._stream = stream
        self._left = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            self._left -= len(piece)
            if self._left < 0:
                raise UpstreamFailed("The server's answer is too long", details="It was cut off.")
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()
