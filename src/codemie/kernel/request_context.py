"""The outermost layer of the API: request id, second prefix, size limit, metrics. Plain ASGI, for speed."""

import re
import time
import uuid
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from codemie.kernel.error_responses import error_response
from codemie.kernel.errors import CodeMieError, TooLarge
from codemie.kernel.telemetry import HTTP_OPEN, HTTP_REQUESTS, HTTP_SECONDS, request_id

PREFIX = "codemie.prefix"
"""Where a scope says under which second prefix the request came; absent without one."""

_SAFE_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
# Built files carry a digest of their content in their name.
_ASSETS = "/assets/"
# Pages load nothing from elsewhere: documents and model output cannot make a browser call home.
_PAGE_POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class RequestContext:
    """Wraps the whole application.

    Args:
        app: what to call.
        prefix: second prefix under which everything is served, e.g. `/code-assistant-api`; empty for none.
        max_body_bytes: a request that announces more is refused before its body is read.
        transport: value of `Strict-Transport-Security` (RFC 6797); empty: none, as for a platform reached without TLS.
    """

    def __init__(self, app: ASGIApp, *, prefix: str, max_body_bytes: int, transport: str = "") -> None:
        self.app = app
        # Only for files: a compressor would hold back what a stream has to say.
        self.compressed = GZipMiddleware(app, minimum_size=1024)
        self.prefix = prefix
        self.max_body_bytes = max_body_bytes
        self.headers = {**_SECURITY_HEADERS, **({"Strict-Transport-Security": transport} if transport else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; anything that is not HTTP passes through, a WebSocket under the second prefix too."""
        if scope["type"] != "http":
            await self.app(self._without_prefix(scope) if scope["type"] == "websocket" else scope, receive, send)
            return
        headers = Headers(scope=scope)
        identifier = _request_id(headers.get("x-request-id"))
        mark = request_id.set(identifier)
        started = time.perf_counter()
        method = scope["method"]
        is_asset = scope["path"].startswith(_ASSETS)
        HTTP_OPEN.inc()

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                HTTP_SECONDS.labels(method).observe(time.perf_counter() - started)
                HTTP_REQUESTS.labels(method, message["status"]).inc()
                _dress(message, identifier, self.headers, is_asset=is_asset)
            await send(message)

        try:
            if refusal := self._too_large(headers):
                await error_response(refusal)(scope, receive, send_with_headers)
            else:
                served = self.compressed if is_asset else self.app
                await served(self._without_prefix(scope), receive, send_with_headers)
        finally:
            HTTP_OPEN.dec()
            request_id.reset(mark)

    def _without_prefix(self, scope: Scope) -> Scope:
        path = scope["path"]
        if self.prefix and path.startswith(self.prefix + "/"):
            shorter = path[len(self.prefix) :]
            return {**scope, "path": shorter, "raw_path": shorter.encode(), PREFIX: self.prefix}
        return scope

    def _too_large(self, headers: Headers) -> CodeMieError | None:
        announced = headers.get("content-length", "")
        if announced.isdigit() and int(announced) > self.max_body_bytes:
            return TooLarge(
                details=f"The request has {int(announced):,} bytes; at most {self.max_body_bytes:,} are accepted.",
                # The connection stays open: closing it while the client still sends would reset it, and the client
                # would see a broken connection instead of this answer. The server drops the body as it arrives.
                help="Send smaller files or fewer at once, or ask an administrator to raise kernel.max_request_bytes.",
            )
        return None


def _dress(start: Message, identifier: str, security: Mapping[str, str], *, is_asset: bool) -> None:
    """Give a response the headers that every one has."""
    headers = MutableHeaders(scope=start)
    headers["X-Request-ID"] = identifier
    for name, value in security.items():
        headers.setdefault(name, value)
    if headers.get("content-type", "").startswith("text/html"):
        headers.setdefault("Cache-Control", "no-cache")
        headers.setdefault("Content-Security-Policy", _PAGE_POLICY)
    elif is_asset and start["status"] == 200:
        headers["Cache-Control"] = "public, max-age=31536000, immutable"


def _request_id(sent: str | None) -> str:
    return sent if sent and _SAFE_REQUEST_ID.fullmatch(sent) else str(uuid.uuid4())
