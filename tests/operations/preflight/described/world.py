"""A good codemie.yaml, its registry and its certificate. Tests break one thing in it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from codemie.checks.report import Report
from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.operations.deployment.description import read
from codemie.operations.preflight.checks import CHECKS
from codemie.operations.preflight.description_checks import Described
from tests.plugins.diagnosis.certificates import Issued, issued

HOST = "codemie.ai.acme.test"


@dataclass
class DescribedWorld:
    """What is described.

    Attributes:
        tags: what the registry has.
        is_open: whether everybody gets a token of the registry.
        lines: further lines of the file.
    """

    folder: Path
    tags: set[str] = field(default_factory=lambda: {"0.1.0"})
    is_open: bool = True
    lines: str = ""
    certificate: Issued = field(default_factory=lambda: issued(HOST, names=(HOST,)))
    key: Issued | None = None

    async def report(self, *, network: bool = True) -> Report:
        """What the checks say of it as it is now."""
        (self.folder / "cert.pem").write_bytes(self.certificate.pem)
        (self.folder / "key.pem").write_bytes((self.key or self.certificate).key_pem)
        async with self._registry() as host:
            text = (
                "version: 1\ndomain: ai.acme.test\n"
                f"image: {{registry: '{host}', repository: acme/codemie, tag: 0.1.0}}\n"
                f"tls: {{certificate: cert.pem, key: key.pem}}\n{self.lines}"
            )
            described = Described(read(text, "codemie.yaml"), self.folder, "0.1.0", network)
            return await run("preflight", CHECKS, Sources().offer(Described, described), Options())

    @asynccontextmanager
    async def _registry(self) -> AsyncGenerator[str]:
        async def manifest(request: web.Request) -> web.Response:
            if request.headers.get("Authorization") != "Bearer everybody":
                challenge = f'Bearer realm="http://{request.host}/token",service="r",scope="pull"'
                return web.Response(status=401, headers={"WWW-Authenticate": challenge})
            return web.Response(status=200 if request.match_info["tag"] in self.tags else 404)

        async def token(_: web.Request) -> web.Response:
            return web.json_response({"token": "everybody"}) if self.is_open else web.Response(status=401)

        app = web.Application()
        app.add_routes([web.get("/v2/acme/codemie/manifests/{tag}", manifest), web.get("/token", token)])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()
