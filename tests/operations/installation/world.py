"""A healthy installation of its own, and ways to look at it when something in it is broken."""

import asyncio
import contextlib
import json
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import text

from codemie.checks.report import Report
from codemie.checks.run import Options, run
from codemie.integrations.tables import Integration
from codemie.integrations.vault import Vault
from codemie.kernel.database import Database
from codemie.kernel.executors import Executor
from codemie.kernel.master_keys import open_cipher
from codemie.kernel.row_security import SYSTEM
from codemie.operations.catalogue import INSTALLATION
from codemie.operations.installation.opening import opened
from codemie.operations.installation.subject import Installation, Profile
from codemie.plugins.diagnosis import network, server
from codemie.plugins.diagnosis.target import Options as VisitOptions
from codemie.plugins.diagnosis.target import Target
from codemie.plugins.diagnosis.visit import Visit
from codemie.settings import load_settings
from tests.plugins.diagnosis.servers import INFO
from tests.support import MASTER_KEY, Platform

ELSEWHERE = "http://127.0.0.1:9"
"""Stands in the model file for where a server really listens."""
MODELS = """\
llm_models:
  - {base_name: real, provider: openai, default_for_categories: [global], endpoint: {base_url: "http://127.0.0.1:9"}}
embeddings_models:
  - {base_name: static, deployment_name: static, provider: embedded, default_for_categories: [global]}
"""
PAGE = '<html><script type="module" src="/assets/app.js"></script></html>'


@dataclass(frozen=True)
class View:
    """How the world is looked at: where it leads, and what is put in place of a source."""

    installation: Installation
    offers: Mapping[type, object] = field(default_factory=dict[type, object])


@dataclass
class World:
    """A platform that runs, everything it stands on, and a worker's lock."""

    platform: Platform
    environment: dict[str, str]
    database: Database
    worker: Executor
    integration: str
    gate: Visit
    system: str

    @property
    def home(self) -> Path:
        return self.platform.home

    def view(self, offers: Mapping[type, object] | None = None, **changed: Any) -> View:
        """All is well, but for what is named: settings in capitals, the rest as fields of the installation."""
        variables = {f"CODEMIE_{name}": value for name, value in changed.items() if name.isupper()}
        environment = {k: v for k, v in (self.environment | variables).items() if v is not None}
        settings = load_settings(environment)[0]
        kernel, secret = settings.kernel, settings.plugins.broker_secret
        assert kernel.database_url is not None
        assert kernel.nats_url is not None
        assert secret is not None
        installation = Installation(
            settings,
            kernel.database_url.get_secret_value(),
            kernel.nats_url.get_secret_value(),
            self.platform.url,
            broker_secret=secret.get_secret_value(),
            profile=Profile.PROD,
        )
        fields = {name: value for name, value in changed.items() if not name.isupper()}
        return View(replace(installation, **fields), {Visit: self.gate, **(offers or {})})

    async def sql(self, statement: str, **parameters: object) -> None:
        async with self.database.session() as session:
            await session.execute(text(statement), parameters)


async def examined(view: View, *only: str, skip: tuple[str, ...] = ()) -> Report:
    """What the checks say."""
    async with opened(view.installation) as sources:
        for kind, source in view.offers.items():
            sources.offer(kind, source)
        options = Options(only=only, skip=skip, secrets=view.installation.hidden())
        return await run("doctor", INSTALLATION, sources, options)


def furnished(home: Path, system: str) -> dict[str, str]:
    """Files of an installation in production, and the variables that lead to them."""
    web = home.with_name("web")
    (web / "assets").mkdir(parents=True)
    (web / "index.html").write_text(PAGE)
    (web / "assets" / "app.js").write_text("export {};")
    (home / "logs").mkdir()
    (home / "logs" / "api.log").write_text("started\n")
    (home / "models.yaml").write_text(MODELS.replace(ELSEWHERE, system))
    (home / "codemie.yaml").touch(mode=0o600)
    return {"CODEMIE_KERNEL_WEB_DIR": str(web), "CODEMIE_FRONTEND_URL": "https://codemie.test"}


async def settled(platform: Platform, environment: dict[str, str], url: str, gate: Visit, system: str) -> World:
    """The rest of the world: somebody works, and one credential is stored."""
    database = Database(url, pool_size=3, unbound=SYSTEM)
    worker = Executor(url, f"doctor-{uuid.uuid4().hex[:8]}")
    await worker.claim()
    row = Integration(
        id=str(uuid.uuid4()),
        project="demo",
        user_id="somebody",
        created_by={"id": "somebody", "name": "Somebody"},
        alias="tracker",
        credential_type="Jira",
        setting_type="project",
        values=typed(system),
    )
    Vault(open_cipher(platform.home, MASTER_KEY)).seal(row, {"token": "planted-in-doctor"})
    async with database.session() as session:
        session.add(row)
    return World(platform, environment, database, worker, row.id, gate, system)


async def leads_to(world: World, url: str, kind: str = "Jira", **values: str) -> list[dict[str, str]]:
    """Have the integration lead elsewhere; gives the values that it had."""
    async with world.database.session() as session:
        row = await session.get_one(Integration, world.integration)
        former, row.credential_type = row.values, kind
        row.values = [*typed(url), *({"key": key, "value": value} for key, value in values.items())]
    return former


def typed(url: str) -> list[dict[str, str]]:
    """The values of a credential, without its secret."""
    return [{"key": "url", "value": url}, {"key": "username", "value": "me"}, {"key": "token"}]


async def visit_of(port: int, left: AsyncExitStack) -> Visit:
    visit = Visit(Target.parsed(f"nats://127.0.0.1:{port}"), VisitOptions("k" * 32, timeout=5), left)
    for step in (network.dns, network.tcp, server.scheme):
        await step.look(visit)
    return visit


async def refusing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Talk as NATS that admits nobody, at once: the real one lets everybody who is refused wait for a second."""
    writer.write(f"INFO {json.dumps(INFO)}\r\n".encode())
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        await reader.readuntil(b"\r\n")
        writer.write(b"-ERR 'Authorization Violation'\r\n")
        await writer.drain()


@asynccontextmanager
async def front(pages: Mapping[str, tuple[int, str, str]]) -> AsyncGenerator[str]:
    """Something that answers in the platform's place: path → status, content type, body; 200 to all else."""

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        status, kind, body = pages.get(request.split()[1], (200, "application/json", "{}"))
        head = (
            f"HTTP/1.1 {status} -\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        writer.write((head + body).encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(served, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
