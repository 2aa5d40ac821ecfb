"""A healthy domain on loopback: three DNS servers, a certificate, pages. Tests break one thing in it."""

import ssl
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from codemie.checks.report import Report
from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.operations.network import dns_checks, http_checks, proxy_checks, stapling, tls_checks
from codemie.operations.network.site import Site
from codemie.plugins.diagnosis.lookup import Lookup
from tests.fakes.dns_server import FakeDns, serving
from tests.plugins.diagnosis.certificates import Issued, issued
from tests.support import free_port

HOST, ZONE, PARENT = "codemie.ai.example.org", "ai.example.org", "example.org"
CHECKS = (*dns_checks.CHECKS, *tls_checks.CHECKS, *stapling.CHECKS, *http_checks.CHECKS, *proxy_checks.CHECKS)

MACHINES = ("/v1/webhooks/none", "/v1/callbacks/index/none")
OF_API = (404, "", '{"error": {"message": "Not found", "details": null, "help": null}}')
TOKEN = "planted-token-of-a-person"


@dataclass
class World:
    """Everything a browser meets on its way.

    Attributes:
        resolver: what this machine asks.
        parent: name server of the zone above.
        child: name server of the site's zone.
        certificate: of the server; with `above` sent along.
        page: status and location of the first page.
        callbacks: path → status, location and body of what machines call.
        believes: whether a forged header lets in.
        bearer: status for who shows the token.
        redirect_uri: where the sign-in leads back to; None: to this name.
        cookie: flags of the cookie of the sign-in.
    """

    root: Issued
    folder: Path
    certificate: Issued
    above: tuple[Issued, ...] = ()
    is_secure: bool = True
    listens: bool = True
    page: tuple[int, str] = (302, "/oauth2/start?rd=/")
    api: tuple[int, str] = (200, "application/json")
    plain: tuple[int, str] = (301, f"https://{HOST}/")
    callbacks: dict[str, tuple[int, str, str]] = field(default_factory=lambda: dict.fromkeys(MACHINES, OF_API))
    believes: bool = False
    bearer: int = 200
    redirect_uri: str | None = None
    cookie: str = "; Path=/; HttpOnly; Secure; SameSite=Lax"
    expected: tuple[str, ...] = ("127.0.0.1",)
    resolver: FakeDns = field(default_factory=lambda: FakeDns("127.0.0.2"))
    parent: FakeDns = field(default_factory=lambda: FakeDns("127.0.0.3", is_authoritative=True))
    child: FakeDns = field(default_factory=lambda: FakeDns("127.0.0.4", is_authoritative=True))

    def __post_init__(self) -> None:
        """All well."""
        self.resolver.zones = {ZONE, PARENT}
        self.resolver.records = {
            (HOST, "A"): (60, ["127.0.0.1"]),
            (ZONE, "NS"): (3600, ["ns.ai.example.org"]),
            (PARENT, "NS"): (3600, ["ns.example.org"]),
            ("ns.ai.example.org", "A"): (60, ["127.0.0.4"]),
            ("ns.example.org", "A"): (60, ["127.0.0.3"]),
        }
        self.parent.zones, self.child.zones = {PARENT}, {ZONE}
        self.parent.delegated = {ZONE: ["ns.ai.example.org"]}
        self.child.records = {(HOST, "A"): (60, ["127.0.0.1"])}

    @property
    def ca(self) -> Path:
        """Trusts the root alone."""
        path = self.folder / "root.pem"
        path.write_bytes(self.root.pem)
        return path

    async def report(self) -> Report:
        """What the checks say of it as it is now."""
        async with AsyncExitStack() as stack:
            return await run("doctor", CHECKS, await self.sources(stack), Options(timeout=5))

    async def sources(self, stack: AsyncExitStack) -> Sources:
        """What they look through, as long as the stack is open."""
        dns_port = await stack.enter_async_context(serving(self.resolver, self.parent, self.child))
        context = _context(self.certificate.written(self.folder, *self.above)) if self.is_secure else None
        port = await stack.enter_async_context(self._pages(context)) if self.listens else free_port()
        http_port = await stack.enter_async_context(self._plain())
        site = Site(HOST, port, http_port, ca=self.ca, expected=self.expected, token=TOKEN)
        return Sources().offer(Site, site).offer(Lookup, Lookup(("127.0.0.2",), dns_port, timeout=1))

    @asynccontextmanager
    async def _pages(self, context: ssl.SSLContext | None) -> AsyncGenerator[int]:
        async def first(_: web.Request) -> web.Response:
            return _answer(*self.page)

        async def health(_: web.Request) -> web.Response:
            status, kind = self.api
            return web.Response(status=status, content_type=kind or None, text="{}")

        async def user(request: web.Request) -> web.Response:
            if request.headers.get("Authorization") == f"Bearer {TOKEN}":
                return _answer(self.bearer, "/oauth2/start" if self.bearer == 302 else "")
            return web.Response(status=200 if self.believes else 401)

        async def machine(request: web.Request) -> web.Response:
            status, location, body = self.callbacks[request.path]
            return _answer(status, location, body)

        async def start(request: web.Request) -> web.Response:
            back = quote(self.redirect_uri or f"https://{request.host}/oauth2/callback")
            answer = _answer(302, f"https://keycloak.example.org/realms/codemie/auth?redirect_uri={back}")
            answer.headers["Set-Cookie"] = f"_oauth2_proxy_csrf=planted{self.cookie}"
            return answer

        routes = [
            web.get("/", first),
            web.get("/v1/healthcheck", health),
            web.get("/v1/user", user),
            web.get("/oauth2/start", start),
            *(web.get(path, machine) for path in MACHINES),
        ]
        async with pages(routes, context) as port:
            yield port

    @asynccontextmanager
    async def _plain(self) -> AsyncGenerator[int]:
        async def first(_: web.Request) -> web.Response:
            return _answer(*self.plain)

        async with pages([web.get("/", first)], None) as port:
            yield port


def healthy(folder: Path) -> World:
    """A domain without a fault."""
    root = issued("Root of the test", is_authority=True)
    return World(root, folder, issued(HOST, root, names=(HOST,)))


def _answer(status: int, location: str, body: str = "") -> web.Response:
    return web.Response(status=status, headers={"Location": location} if location else {}, text=body)


def _context(file: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    return context


@asynccontextmanager
async def pages(routes: list[web.RouteDef], context: ssl.SSLContext | None) -> AsyncGenerator[int]:
    """Routes, served on a loopback port, which is given."""
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
