"""Where a model runs, and whether one gets there from here: name, connection, certificate, HTTP, in this order."""

import asyncio
import ssl
from urllib.parse import urlsplit, urlunsplit

import aiohttp

from codemie.checks.report import Finding, failed, passed, skipped
from codemie.kernel.proxies import proxy_for, shown
from codemie.models import credentials
from codemie.models.entries import ModelEntry
from codemie.models.errors import ModelError
from codemie.models.transport import transport
from codemie.plugins.diagnosis.dialling import connect, reason, resolve

_USUAL = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
    "google_gemini": "https://generativelanguage.googleapis.com",
}
_DNS = "Compare the name in base_url; codemiectl net dns NAME looks further"
_TCP = "Does the server run? Do firewall, network policy or security group let this machine out to it?"
_TLS = "codemiectl net tls NAME looks further; an authority of your own belongs into SSL_CERT_FILE of every process"
_HTTP = "Compare base_url with the address in the provider's documentation"


def place(entry: ModelEntry) -> str:
    """Name of the endpoint that the row runs at: rows of one name share address and key."""
    endpoint = entry.endpoint
    if endpoint.name:
        return endpoint.name
    given = (endpoint.base_url, endpoint.base_url_env, endpoint.api_key, endpoint.api_key_env, endpoint.api_key_file)
    return f"{entry.kind}:{entry.base_name}" if any(each is not None for each in given) else entry.provider


def without_user(url: str) -> str:
    """The address as a report may show it."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment=""))


async def reach(entry: ModelEntry, seconds: float) -> Finding:
    """Go to the endpoint of the row, step by step; the first step that fails is the finding."""
    try:
        needs_address = entry.provider == "azure_openai"
        url = credentials.required_url(entry) if needs_address else credentials.base_url(entry)
    except ModelError as error:
        return failed(error.message, "Give the endpoint a base_url")
    url = url or _USUAL.get(entry.provider)
    if url is None:
        return skipped(f"{entry.provider} finds its address itself: the models' own checks tell")
    if proxy := proxy_for(url):
        return await _page(url, seconds, {"address": without_user(url), "proxy": shown(proxy)}, proxy)
    return await _directly(url, seconds)


async def _directly(url: str, seconds: float) -> Finding:
    parts = urlsplit(url)
    host, seen = parts.hostname or "", {"address": without_user(url)}
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with asyncio.timeout(seconds):
            addresses = await resolve(host, port)
    except OSError as error:  # a TimeoutError is one
        return failed(f"DNS: {host} has no address: {reason(error)}", _DNS, **seen)
    seen["resolves to"] = ", ".join(addresses)
    context = ssl.create_default_context() if parts.scheme == "https" else None
    if problem := await _connected(addresses, port, host, context, seconds):
        step, words = problem
        return failed(f"{step}: {words}", _TLS if step == "TLS" else _TCP, **seen)
    return await _page(url, seconds, seen)


async def _connected(
    addresses: list[str], port: int, host: str, context: ssl.SSLContext | None, seconds: float
) -> tuple[str, str] | None:
    """The step that fails at every address, and why; None where one lets us in."""
    problem: tuple[str, str] | None = None
    for address in addresses:
        step = "TCP"
        try:
            async with asyncio.timeout(seconds / len(addresses)):
                link = await connect(address, port)
                try:
                    step = "TLS"
                    if context:
                        await link.secure(context, host)
                    return None
                finally:
                    await link.close()
        except OSError as error:  # timeouts and all of TLS are such
            problem = step, f"port {port} of {address}: {reason(error)}"
    return problem


async def _page(url: str, seconds: float, seen: dict[str, str], proxy: str | None = None) -> Finding:
    """Any answer will do: what is asked for there, the models' checks know better."""
    timeout = aiohttp.ClientTimeout(total=seconds)
    try:
        asked = transport().session.get(url, timeout=timeout, proxy=proxy, allow_redirects=False)
        async with asked as answer:
            return passed(f"It answers over {urlsplit(url).scheme.upper()}", **seen, status=answer.status)
    except (aiohttp.ClientError, OSError) as error:
        return failed(f"HTTP: {reason(error)}", _HTTP, **seen)
