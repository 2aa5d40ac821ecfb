"""Checks of the pages: they answer, plain HTTP leads to them, and what stands in front lets the right ones through."""

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver

from codemie.checks.check import Severity, check
from codemie.checks.report import Finding, failed, passed, skipped, warned
from codemie.checks.sources import Unobservable
from codemie.operations.network.lookup import Lookup
from codemie.operations.network.site import Site
from codemie.operations.network.tls_checks import addresses
from codemie.plugins.diagnosis import tls

_SIGN_IN = "/oauth2/"
_SECONDS = 8.0
_MEANINGS = {
    404: "Something answers, but does not know the name: the ingress has no rule for this host",
    502: "The load balancer reaches a target that breaks off: the service's port is wrong, or the pod is starting",
    503: "The load balancer has no target: no pod is ready, or the service selects none",
    504: "The target does not answer in time: a network policy or security group between them",
}


@dataclass(frozen=True)
class Page:
    """An answer.

    Attributes:
        seconds: until its head was there.
        location: where it leads, in full; empty for a page.
    """

    url: str
    status: int
    seconds: float
    location: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Browser:
    """Asks the site over one address, as a program without cookies."""

    site: Site
    address: str

    async def get(self, path: str = "/", *, secure: bool = True, headers: Mapping[str, str] | None = None) -> Page:
        """One answer; redirects are not followed.

        Raises:
            OSError: there is none.
            aiohttp.ClientError: likewise.
        """
        scheme, port = ("https", self.site.port) if secure else ("http", self.site.http_port)
        shown = f"{scheme}://{self.site.name}{'' if port in {80, 443} else f':{port}'}{path}"
        context = tls.permissive(self.site.options) if secure else None
        connector = aiohttp.TCPConnector(resolver=_Fixed(self.address), force_close=True)
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        begun = time.monotonic()
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            asked = session.get(shown, allow_redirects=False, headers=headers, ssl=context or True)
            async with asked as answer:
                location = answer.headers.get("location", "")
                return Page(
                    url=shown,
                    status=answer.status,
                    seconds=time.monotonic() - begun,
                    location=urljoin(shown, location) if location else "",
                    headers={name.lower(): value for name, value in answer.headers.items()},
                )


class _Fixed(AbstractResolver):
    """Leads every name to the one address that was found to answer."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[Any]:
        return [{"hostname": host, "host": self._address, "port": port, "family": family, "proto": 0, "flags": 0}]

    async def close(self) -> None:
        """Nothing is held."""


async def _browser(site: Site, lookup: Lookup) -> Browser:
    await site.reach(await addresses(site, lookup), site.port)
    address = site.answering(site.port)
    if address is None:
        raise Unobservable("Nobody answers at the port", "See net.path")
    return Browser(site, address)


@check(
    "http.page",
    title="The first page answers, or leads to the sign-in",
    symptom="Browsers show an error page of the load balancer or of the ingress.",
    remedy=("Look at the pods behind it: codemiectl doctor --cluster",),
    faq=("F61", "F62", "F68"),
    needs=("tls.handshake",),
    timeout=20,
)
async def page(site: Site, lookup: Lookup) -> Finding:
    """The way from the load balancer to a ready pod is broken; the status says where."""
    try:
        found = await (await _browser(site, lookup)).get()
    except (OSError, aiohttp.ClientError, ssl.SSLError) as error:
        return failed(f"The connection breaks: {type(error).__name__}", *page.remedy)
    seen = {found.url: f"{found.status} after {found.seconds * 1000:.0f} ms", "leads to": found.location or "nowhere"}
    if found.status == 200 or (found.status in {302, 303, 307} and _leads_to_sign_in(found)):
        return passed(f"{found.status}{', the sign-in' if found.location else ''}", **seen)
    if found.location:
        return warned(f"It leads to {found.location}", "Look whether that is meant", **seen)
    return failed(_MEANINGS.get(found.status, f"It answers {found.status}"), *page.remedy, **seen)


def _leads_to_sign_in(found: Page) -> bool:
    path = urlsplit(found.location).path
    return path.startswith((_SIGN_IN, "/realms/", "/auth/", "/sign-in", "/login"))


@check(
    "http.api",
    title="The API answers under the same name",
    symptom="The page opens, and stays empty or says that the server cannot be reached.",
    remedy=("Compare the ingress's paths with those of the chart: /v1 must lead to the API",),
    faq=("F62", "F68"),
    needs=("http.page",),
)
async def api(site: Site, lookup: Lookup) -> Finding:
    """The path of the API is not routed, or leads to another service than the page."""
    found = await (await _browser(site, lookup)).get("/v1/healthcheck")
    seen = {found.url: f"{found.status} {found.headers.get('content-type', '')}".strip()}
    if found.status == 200 and "json" in found.headers.get("content-type", ""):
        return passed("The API is well", **seen)
    if found.status == 401 or (found.location and _leads_to_sign_in(found)):
        return passed("The API is behind the sign-in", **seen)
    if found.status == 200:
        return failed("A page answers in place of the API", *api.remedy, **seen)
    return failed(_MEANINGS.get(found.status, f"It answers {found.status}"), *api.remedy, **seen)


@check(
    "http.plain",
    title="Plain HTTP leads to HTTPS",
    symptom="Who types the name without https gets an error, or signs in unprotected.",
    remedy=("Let the load balancer or the ingress redirect port 80 to 443",),
    severity=Severity.MINOR,
    faq=("F64", "F68"),
    needs=("net.path",),
)
async def plain(site: Site, lookup: Lookup) -> Finding:
    """The listener of port 80 forwards to the pages in place of redirecting, or is closed."""
    browser = await _browser(site, lookup)
    reached = await site.reach((browser.address,), site.http_port)
    if reached[0].problem:
        return skipped(f"port {site.http_port} is closed: {reached[0].problem}")
    try:
        found = await browser.get(secure=False)
    except (OSError, aiohttp.ClientError) as error:
        return warned(f"Port {site.http_port} does not speak HTTP: {type(error).__name__}", *plain.remedy)
    if found.location.startswith("https://"):
        return passed(f"It leads to {found.location}")
    return warned(f"Plain HTTP answers {found.status} itself", *plain.remedy, **{found.url: str(found.status)})


@check(
    "proxy.auth_request",
    title="The proxy that signs people in believes nobody's headers",
    symptom="Whoever knows the header is let in as anybody.",
    remedy=(
        "Let the ingress delete X-Auth-Request-Access-Token of requests, and set identity.trusted_proxies",
        "See the page on oauth2-proxy",
    ),
    faq=("F18",),
    needs=("http.api",),
)
async def auth_request(site: Site, lookup: Lookup) -> Finding:
    """The API trusts a header that the ingress passes on from outside, or the sign-in lets everybody through."""
    browser = await _browser(site, lookup)
    forged = {"X-Auth-Request-Access-Token": "forged", "X-Forwarded-User": "admin", "X-Auth-Request-User": "admin"}
    found = await browser.get("/v1/user", headers=forged)
    seen = {f"{found.url} with a forged header": str(found.status)}
    if found.status == 200:
        return failed("A forged header is believed", *auth_request.remedy, **seen)
    if found.status in {401, 403} or found.location:
        return passed(f"A forged header is refused with {found.status}", **seen)
    return warned(f"A forged header is answered with {found.status}", *auth_request.remedy, **seen)


@check(
    "proxy.webhooks",
    title="Webhooks are not sent to the sign-in",
    symptom="Webhooks of other systems and callbacks never arrive; their logs show a redirect.",
    remedy=("Leave /v1/webhooks and /v1/callbacks out of the sign-in: skip_auth_routes, or an ingress of their own",),
    severity=Severity.MAJOR,
    faq=("F18",),
    needs=("http.api",),
)
async def webhooks(site: Site, lookup: Lookup) -> Finding:
    """Other systems cannot sign in as people do: their requests carry a secret of their own."""
    found = await (await _browser(site, lookup)).get("/v1/callbacks/index/none")
    seen = {found.url: str(found.status)}
    if found.location and _leads_to_sign_in(found):
        return failed("A callback is sent to the sign-in", *webhooks.remedy, **seen)
    return passed(f"A callback reaches the API, which answers {found.status}", **seen)


CHECKS = (page, api, plain, auth_request, webhooks)
