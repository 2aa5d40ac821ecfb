"""The tool that calls HTTP services which this machine reaches and the platform does not."""

import json
import urllib.request
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from ssl import SSLContext
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import SplitResult, urljoin, urlsplit

from codemie.kernel.errors import AccessDenied, InvalidInput, UpstreamFailed
from codemie.kernel.tools import Effect, Tool, ToolResult
from codemie.plugins.agent.tools import AgentTool, Arguments, optional_text, schema, text

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

HTTP_TOOL = "_http_request"
MAX_ANSWER_BYTES = 4 * 1024 * 1024
MAX_REDIRECTS = 5
_HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})
_METHODS = _HARMLESS | {"POST", "PUT", "PATCH", "DELETE"}
_PORTS = {"http": 80, "https": 443}
_NOT_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "proxy-authorization"})


class HostNotAllowed(AccessDenied):
    """Nobody allowed the agent to call this host."""

    title = "This host is not on the agent's list"


def http_tool(hosts: Sequence[str], trust: SSLContext, seconds: float) -> AgentTool:
    """The tool.

    Args:
        hosts: the only ones it calls: `api.example.com`, `*.example.com`, `localhost:8080`. Without a port, the usual.
        trust: certificates it believes.
        seconds: the most that a call may take.
    """

    async def call(arguments: Arguments) -> ToolResult:
        method, url = _method(arguments), text(arguments, "url")
        headers, body = _headers(arguments), optional_text(arguments, "body")
        require_allowed(url, hosts)
        return await _ask(method, url, headers, body, hosts=hosts, trust=trust, seconds=seconds)

    def weigh(arguments: Arguments) -> Effect:
        return "reads" if str(arguments.get("method") or "GET").upper() in _HARMLESS else "destroys"

    return AgentTool(
        Tool(
            HTTP_TOOL,
            f"Call an HTTP service in the agent's network. It calls these hosts only: {', '.join(hosts)}.",
            schema(
                {"url": "Address, beginning with http:// or https://."},
                {
                    "method": "GET, HEAD, OPTIONS, POST, PUT, PATCH or DELETE; GET when left out.",
                    "headers": 'JSON object, such as {"Accept": "application/json"}.',
                    "body": "What is sent.",
                },
            ),
            call,
            timeout_seconds=seconds,
            effect="destroys",
            weigh=weigh,
        ),
        "http",
        _shown_call,
    )


def require_allowed(url: str, hosts: Sequence[str]) -> SplitResult:
    """The parts of an address that may be called.

    Raises:
        InvalidInput: it is no address of HTTP.
        HostNotAllowed: its host is not listed.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError as error:
        raise InvalidInput("The address cannot be read", details=str(error)) from error
    host = (parts.hostname or "").rstrip(".")
    if port is None or not host or parts.username is not None:
        raise InvalidInput("That is no address", help="It begins with http:// or https:// and holds no password.")
    named = host if port == _PORTS[parts.scheme] else f"{host}:{port}"
    if not any(fnmatchcase(named, rule.lower()) for rule in hosts):
        raise HostNotAllowed(details=named, help="Whoever runs the agent can add it with --http-host.")
    return parts


async def _ask(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: str | None,
    *,
    hosts: Sequence[str],
    trust: SSLContext,
    seconds: float,
) -> ToolResult:
    """Ask, and follow redirects as long as they lead to listed hosts."""
    import aiohttp

    limit = aiohttp.ClientTimeout(total=seconds)
    connector = aiohttp.TCPConnector(ssl=trust)
    try:
        async with aiohttp.ClientSession(connector=connector, timeout=limit) as session:
            for _ in range(MAX_REDIRECTS + 1):
                answer = await _once(session, method, url, headers, body)
                if isinstance(answer, ToolResult):
                    return answer
                before, url = urlsplit(url), urljoin(url, answer)
                after = require_allowed(url, hosts)
                if (before.scheme, before.netloc) != (after.scheme, after.netloc):
                    headers = {}  # They may hold what was meant for the first host alone.
    except (aiohttp.ClientError, OSError) as error:
        if isinstance(error, TimeoutError):
            raise
        raise UpstreamFailed("The service cannot be reached", details=f"{type(error).__name__}: {error}") from error
    raise UpstreamFailed("The service redirects without end", details=f"More than {MAX_REDIRECTS} times.")


async def _once(
    session: "ClientSession", method: str, url: str, headers: Mapping[str, str], body: str | None
) -> ToolResult | str:
    """The answer, or where the service sends us. Only calls without a body are sent elsewhere."""
    data = body.encode() if body is not None else None
    async with session.request(
        method, url, headers=headers, data=data, allow_redirects=False, proxy=_proxy(url)
    ) as response:
        where = response.headers.get("Location")
        if method in _HARMLESS and response.status in {301, 302, 303, 307, 308} and where:
            return where
        return ToolResult(await _shown(response), is_error=response.status >= 400)


async def _shown(response: "ClientResponse") -> str:
    content = bytearray()
    async for piece in response.content.iter_chunked(65_536):
        content += piece
        if len(content) > MAX_ANSWER_BYTES:
            break
    kind = response.headers.get("Content-Type", "no content type")
    head = f"HTTP {response.status} {response.reason or ''}".rstrip() + f", {kind}"
    if b"\0" in content[:8192]:
        return f"{head}\n\n{len(content)} bytes that are no text."
    cut = f"\n… cut after {MAX_ANSWER_BYTES} bytes" if len(content) > MAX_ANSWER_BYTES else ""
    return f"{head}\n\n{bytes(content[:MAX_ANSWER_BYTES]).decode(errors='replace')}{cut}"


def _proxy(url: str) -> str | None:
    """The environment's proxy. The library could look it up, but would send what it finds in ~/.netrc as well."""
    parts = urlsplit(url)
    is_near = urllib.request.proxy_bypass(parts.netloc)
    return None if is_near else urllib.request.getproxies().get(parts.scheme)


def _shown_call(arguments: Arguments) -> str:
    """The whole of it: who agrees has to see what is sent."""
    sent = {name: arguments[name] for name in ("headers", "body") if arguments.get(name)}
    call = f"{str(arguments.get('method') or 'GET').upper()} {arguments.get('url')}"
    return f"{call} {json.dumps(sent, ensure_ascii=False, default=str)}" if sent else call


def _method(arguments: Arguments) -> str:
    method = (optional_text(arguments, "method") or "GET").upper()
    if method not in _METHODS:
        raise InvalidInput("The method is not known", details=f"`{method}` is none of {', '.join(sorted(_METHODS))}.")
    return method


def _headers(arguments: Arguments) -> dict[str, str]:
    given = optional_text(arguments, "headers")
    try:
        found: Any = json.loads(given) if given else {}
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InvalidInput("The headers cannot be read", help='Give a JSON object, such as {"Accept": "text/html"}.')
    headers = {str(name): str(value) for name, value in cast("dict[Any, Any]", found).items()}
    if bad := [name for name in headers if name.lower() in _NOT_OURS]:
        raise InvalidInput("A header is not yours to set", details=", ".join(bad))
    return headers
