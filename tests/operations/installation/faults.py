"""What can break in an installation, and how the tests break it."""

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy.engine import make_url

from codemie.assistants.tables import Assistant
from codemie.checks.report import Status
from codemie.embedded.nats_configuration import accounts
from codemie.kernel.database import utcnow
from codemie.kernel.master_keys import new_key
from codemie.knowledge.tables import DataSource, Generation
from codemie.models.versions import Exchange, Versions
from codemie.operations.installation.limits import Limits
from codemie.operations.installation.machine import Machine, ThisMachine
from codemie.plugins.diagnosis.visit import Visit
from codemie.settings import load_settings, unknown_variables
from tests.databases import inside, on_server
from tests.operations.injection import Fault
from tests.operations.installation.world import ELSEWHERE, MODELS, PAGE, View, World, front, leads_to, visit_of
from tests.plugins.diagnosis.servers import INFO, listening, nats_server
from tests.support import free_port, until

Broken = AbstractAsyncContextManager[View]
READY = {"/health/ready": (200, "application/json", "{}")}
REFUSED = {"/v1/user": (401, "application/json", "{}")}
UI = {"/": (200, "text/html", PAGE), "/assets/app.js": (200, "text/javascript", "")}


@dataclass(frozen=True)
class Injected(Fault):
    """A fault, and how the world is looked at while it is there."""

    inject: Callable[[World], Broken] | None = None


def fault(check: str, what: str, inject: Callable[[World], Broken], status: Status = Status.FAIL) -> Injected:
    return Injected(check, what, status, inject)


def seen(**changed: Any) -> Callable[[World], Broken]:
    """The world is looked at with other settings."""

    @asynccontextmanager
    async def inject(world: World) -> AsyncGenerator[View]:
        yield world.view(**changed)

    return inject


def sql(broken: str, mended: str) -> Callable[[World], Broken]:
    """A statement breaks it; another one mends it."""

    @asynccontextmanager
    async def inject(world: World) -> AsyncGenerator[View]:
        await world.sql(broken)
        try:
            yield world.view()
        finally:
            await world.sql(mended)

    return inject


def as_superuser(broken: str, mended: str) -> Callable[[World], Broken]:
    """The same, for what the platform's role may not do."""

    @asynccontextmanager
    async def inject(world: World) -> AsyncGenerator[View]:
        url = world.environment["CODEMIE_DATABASE_URL"]
        await asyncio.to_thread(inside, url, broken)
        try:
            yield world.view()
        finally:
            await asyncio.to_thread(inside, url, mended)

    return inject


def models(content: str) -> Callable[[World], Broken]:
    """Another model file."""

    @asynccontextmanager
    async def inject(world: World) -> AsyncGenerator[View]:
        file = world.home / "other-models.yaml"
        file.write_text(content.replace(ELSEWHERE, world.system))
        yield world.view(MODELS_FILE=str(file))

    return inject


@asynccontextmanager
async def broken_off(world: World) -> AsyncGenerator[View]:
    file = world.home / "exchanged.yaml"
    file.write_text(MODELS.replace(ELSEWHERE, world.system))
    versions = Versions(file)
    versions.adopt()
    wanted = versions.keep(f"{MODELS}# another\n".encode(), "tests@here")
    exchange = Exchange(operation="1", kind="switch", former=1, wanted=2, date=utcnow(), by="tests@here")
    versions.begin(exchange, wanted)
    yield world.view(MODELS_FILE=str(file))


class OtherMachine(ThisMachine):
    """This machine, but for what is given."""

    def __init__(self, *, disk: int | None = None, memory: int | None = None, late: float = 0) -> None:
        self._disk, self._memory, self._late = disk, memory, late

    def disk(self, folder: Path) -> tuple[int, int]:
        return super().disk(folder) if self._disk is None else (2**40, self._disk)

    def memory(self) -> tuple[int, int]:
        return super().memory() if self._memory is None else (2**34, self._memory)

    def now(self) -> float:
        return super().now() - self._late


def machine(**told: Any) -> Callable[[World], Broken]:
    return seen(offers={Machine: OtherMachine(**told)})


@asynccontextmanager
async def misspelt(world: World) -> AsyncGenerator[View]:
    variables = {"CODEMIE_PROT": "80"}
    yield world.view(reread=lambda: unknown_variables(variables, load_settings(variables)[1]))


@asynccontextmanager
async def unreadable(world: World) -> AsyncGenerator[View]:
    yield world.view(reread=lambda: [str(load_settings({"CODEMIE_PORT": "eighty"}))])


@asynccontextmanager
async def open_file(world: World) -> AsyncGenerator[View]:
    file = world.home / "codemie.yaml"
    file.chmod(0o644)
    yield world.view()
    file.chmod(0o600)


@asynccontextmanager
async def no_home(world: World) -> AsyncGenerator[View]:
    aside = world.home.with_name("aside")
    world.home.rename(aside)
    try:
        yield world.view(MODELS_FILE=str(aside / "models.yaml"))
    finally:
        aside.rename(world.home)


@asynccontextmanager
async def superuser(world: World) -> AsyncGenerator[View]:
    url = make_url(world.environment["CODEMIE_DATABASE_URL"]).set(username="postgres")
    yield world.view(DATABASE_URL=url.render_as_string(hide_password=False))


@asynccontextmanager
async def crowded(world: World) -> AsyncGenerator[View]:
    url = world.environment["CODEMIE_DATABASE_URL"]
    async with AsyncExitStack() as stack:
        for _ in range(20):
            stack.push_async_callback((await asyncpg.connect(url)).close)
        async with world.database.session() as session:
            here = await (await session.connection()).exec_driver_sql(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            )
            taken = int(here.scalar_one())
        name = make_url(url).database
        # Room for those that look, and no more.
        await asyncio.to_thread(on_server, url, f"ALTER DATABASE {name} CONNECTION LIMIT {taken + 5}")
        try:
            yield world.view()
        finally:
            await asyncio.to_thread(on_server, url, f"ALTER DATABASE {name} CONNECTION LIMIT -1")


@asynccontextmanager
async def read_only(world: World) -> AsyncGenerator[View]:
    url = world.environment["CODEMIE_DATABASE_URL"]
    name = make_url(url).database
    await asyncio.to_thread(on_server, url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    try:
        yield world.view()
    finally:
        await asyncio.to_thread(on_server, url, f"ALTER DATABASE {name} RESET default_transaction_read_only")


@asynccontextmanager
async def waiting(world: World) -> AsyncGenerator[View]:
    url = world.environment["CODEMIE_DATABASE_URL"]
    holder, other = await asyncpg.connect(url), await asyncpg.connect(url)
    lock = "SELECT pg_advisory_xact_lock(4711)"
    transaction = holder.transaction()
    await transaction.start()
    await holder.execute(lock)
    stuck = asyncio.create_task(other.execute(lock))

    async def waits() -> bool:
        return bool(
            await holder.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock'",
                other.get_server_pid(),
            )
        )

    await until(waits, every=0.01)
    try:
        yield world.view({Limits: Limits(lock_seconds=0)})
    finally:
        await transaction.rollback()
        await stuck
        await holder.close()
        await other.close()


@asynccontextmanager
async def mute_user(world: World) -> AsyncGenerator[View]:
    rights = 'authorization { users: [{ user: u, password: p, permissions: { publish: "_INBOX.>" } }] }'
    async with nats_server(world.home, rights) as port:
        yield world.view(nats_url=f"nats://u:p@127.0.0.1:{port}")


@asynccontextmanager
async def admits_strangers(world: World) -> AsyncGenerator[View]:
    """A real server with our accounts, where who gives no key is taken for the engine."""
    from codemie.embedded.nats_access import NatsAccess

    configuration = accounts(NatsAccess(world.view().installation.broker_secret)).split("authorization {")[0]
    async with AsyncExitStack() as left:
        port = await left.enter_async_context(nats_server(world.home, f"{configuration}no_auth_user: engine"))
        yield world.view({Visit: await visit_of(port, left)})


@asynccontextmanager
async def admits_any_key(world: World) -> AsyncGenerator[View]:
    """A server that asks for a key and looks at none."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"INFO {json.dumps(INFO)}\r\n".encode())
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            options = json.loads((await reader.readuntil(b"\r\n")).decode().partition(" ")[2])
            writer.write(b"PONG\r\n" if options.get("user") else b"-ERR 'Authorization Violation'\r\n")
            await writer.drain()
            await reader.read()

    async with AsyncExitStack() as left:
        port = await left.enter_async_context(listening(talk))
        yield world.view({Visit: await visit_of(port, left)})


def answering(pages: dict[str, tuple[int, str, str]]) -> Callable[[World], Broken]:
    """Something else answers in the API's place."""

    @asynccontextmanager
    async def inject(world: World) -> AsyncGenerator[View]:
        async with front(pages) as url:
            yield world.view(api_url=url)

    return inject


@asynccontextmanager
async def nobody_works(world: World) -> AsyncGenerator[View]:
    await world.worker.close()

    async def gone() -> bool:
        async with world.database.session() as session:
            statement = (
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = "
                "(SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            return not (await (await session.connection()).exec_driver_sql(statement)).scalar_one()

    await until(gone, every=0.01)
    yield world.view()
    await world.worker.claim()


_WORK = (
    "INSERT INTO dbos.workflow_status (workflow_uuid, status, name, executor_id, created_at, updated_at, priority)"
    " VALUES ('doctor', '{status}', 'made up', '{executor}', 0, 0, 0)"
)
_NO_WORK = "DELETE FROM dbos.workflow_status WHERE workflow_uuid = 'doctor'"


@asynccontextmanager
async def former_model(world: World) -> AsyncGenerator[View]:
    row = Assistant(name="doctor", slug="doctor", project="demo", llm_model_type="gone")
    async with world.database.session() as session:
        session.add(row)
    yield world.view()
    async with world.database.session() as session:
        await session.delete(row)


@asynccontextmanager
async def former_embedder(world: World) -> AsyncGenerator[View]:
    source = DataSource(name="handbook", project="demo", type="file", owner_id="somebody", created_by={})
    async with world.database.session() as session:
        session.add(source)
        await session.flush()
        made = Generation(data_source_id=source.id, static_identity="former-model@1")
        session.add(made)
        await session.flush()
        source.live_generation = made.id
    yield world.view()
    async with world.database.session() as session:
        await session.delete(source)


@asynccontextmanager
async def led_astray(world: World) -> AsyncGenerator[View]:
    former = await leads_to(world, f"http://{NOWHERE}")
    yield world.view()
    await leads_to(world, former[0]["value"])


def token(**claims: object) -> str:
    """A token nobody would believe, which is enough to be looked at."""
    parts = ({"alg": "RS256"}, claims)
    return ".".join(
        [*(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), "x"]
    )


NOWHERE = f"127.0.0.1:{free_port()}"
MOCK = MODELS.replace("provider: openai, ", "provider: mock, ")

DAMAGE = (
    "UPDATE integrations"
    " SET sealed = set_byte(sealed, length(sealed) - 1, (get_byte(sealed, length(sealed) - 1) + {}) % 256)"
)

FAULTS: tuple[Injected, ...] = (
    fault("config.readable", "the port is the word “eighty”", unreadable),
    fault("config.unknown", "a variable is called CODEMIE_PROT", misspelt, Status.WARN),
    fault("config.placeholders", "the public address is that of a guide", seen(FRONTEND_URL="https://ai.example.com")),
    fault("config.secrets", "the token of the metrics is “admin”", seen(KERNEL_METRICS_TOKEN="admin")),
    fault("config.files", "everybody may read the settings file", open_file, Status.WARN),
    fault("config.production", "the public address is without TLS", seen(FRONTEND_URL="http://codemie.test")),
    fault("db.reachable", "nobody listens at the database's port", seen(DATABASE_URL=f"postgresql://u@{NOWHERE}/d")),
    fault(
        "db.pgvector",
        "the extension is not installed",
        as_superuser(
            "UPDATE pg_extension SET extname = 'gone' WHERE extname = 'vector'",
            "UPDATE pg_extension SET extname = 'vector' WHERE extname = 'gone'",
        ),
    ),
    fault(
        "db.schema",
        "the database stands at an older revision",
        sql(
            "UPDATE alembic_version SET version_num = 'x' || version_num",
            "UPDATE alembic_version SET version_num = substr(version_num, 2)",
        ),
    ),
    fault("db.writable", "the database was made read-only", read_only),
    fault("db.role", "the platform signs in as superuser", superuser),
    fault(
        "db.row_security",
        "the wall around integrations was switched off",
        sql(
            "ALTER TABLE integrations DISABLE ROW LEVEL SECURITY", "ALTER TABLE integrations ENABLE ROW LEVEL SECURITY"
        ),
    ),
    fault(
        "authz.project_isolation",
        "a policy lets everybody see all assistants",
        sql("CREATE POLICY everybody ON assistants FOR SELECT USING (true)", "DROP POLICY everybody ON assistants"),
    ),
    fault("db.connections", "another program holds most connections of the database", crowded, Status.WARN),
    fault(
        "db.size", "the disk of the database is nearly full", seen(OPERATIONS_DATABASE_GIGABYTES="0.001"), Status.WARN
    ),
    fault("db.locks", "a statement waits for a lock that nobody lets go", waiting),
    fault("nats.reachable", "nobody listens at the port of NATS", seen(nats_url=f"nats://u:p@{NOWHERE}")),
    fault("nats.events", "the platform's user may not publish", mute_user),
    fault(
        "nats.accounts",
        "the server knows another broker secret",
        seen(broker_secret="another-secret-of-thirty-two-letters"),
    ),
    fault("nats.wrong_key", "the server admits any key", admits_any_key),
    fault("nats.anonymous", "the server takes strangers for the engine", admits_strangers),
    fault("api.ready", "nobody listens at the port of the API", seen(api_url=f"http://{NOWHERE}")),
    fault("idp.provider_loaded", "something in front lets everybody pass", answering({**READY, **UI})),
    fault(
        "web.files",
        "the page asks for a script of another version",
        answering({**READY, **REFUSED, **UI, "/assets/app.js": (200, "text/html", PAGE)}),
    ),
    fault("worker.alive", "the only worker has ended", nobody_works),
    fault(
        "worker.queue",
        "work waits since yesterday",
        sql(_WORK.format(status="ENQUEUED", executor=""), _NO_WORK),
        Status.WARN,
    ),
    fault(
        "worker.stuck",
        "a worker died and nobody took over",
        sql(_WORK.format(status="PENDING", executor="dead"), _NO_WORK),
    ),
    fault("disk.space", "10 MB of the disk are free", machine(disk=10 * 2**20)),
    fault("memory.free", "10 MB of memory are free", machine(memory=10 * 2**20)),
    fault("clock.skew", "the clock is a minute slow", machine(late=60)),
    fault("storage.writable", "the home folder is gone", no_home),
    fault("logs.size", "the logs are larger than they may be", seen(offers={Limits: Limits(log_bytes=1)}), Status.WARN),
    fault("crypto.keys", "the master key is cut off", seen(MASTER_KEY="dGVzdHM")),
    fault("crypto.missing_keys", "the master key is another one", seen(MASTER_KEY=new_key())),
    fault(
        "crypto.roundtrip",
        "a stored secret is damaged",
        sql(DAMAGE.format(1), DAMAGE.format(255)),
    ),
    fault("llm.config.schema", "a provider is misspelt", models(MODELS.replace("openai", "opneai"))),
    fault(
        "llm.defaults",
        "no model is the default for chats",
        models(MODELS.replace("default_for_categories: [global], endpoint", "endpoint")),
    ),
    fault("llm.mock_active", "the mock answers in production", models(MOCK), Status.WARN),
    fault("llm.exchange", "an exchange of the model file was broken off", broken_off, Status.WARN),
    fault("data.model_refs", "an assistant names a model that is gone", former_model, Status.WARN),
    fault("index.embedding_mismatch", "an index was made with a model that is gone", former_embedder),
    fault(
        "net.probe", "nobody listens where a model should run", models(MODELS.replace(ELSEWHERE, f"http://{NOWHERE}"))
    ),
    fault("egress.ip", "nobody told the address that others see", seen(INTEGRATIONS_EGRESS_IP=None), Status.WARN),
    fault("egress.reach", "nobody listens where an integration leads", led_astray),
    fault("integrations.test", "a stored token was revoked", seen(integrations=True)),
    fault(
        "idp.discovery",
        "the identity provider is away",
        seen(IDENTITY_MODE="oidc", IDENTITY_OIDC_ISSUER=f"http://{NOWHERE}/realm"),
    ),
    fault(
        "idp.roles",
        "the last administrator was deactivated",
        sql("UPDATE users SET is_active = false", "UPDATE users SET is_active = true"),
    ),
    fault("idp.claims", "the token names no roles", seen(token=token(sub="1", applications=["demo"]))),
)
