"""Fixtures every test may use: real PostgreSQL and NATS, one platform per test run, clients of it."""

import asyncio
import gc
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Any

import httpx2
import pytest
import uvloop
from anyio.from_thread import start_blocking_portal
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from codemie import worker
from codemie.embedded.nats import EmbeddedNats
from codemie.embedded.postgres import EmbeddedPostgres
from codemie.identity import passwords
from codemie.kernel.database import Database
from codemie.kernel.migration import migrate
from codemie.kernel.row_security import SYSTEM
from tests import kept_log, kept_traces, planted
from tests.databases import EMPTY_SCHEMA, create_database, trust_in_the_machine
from tests.identity.administration import id_of, new_project
from tests.integrations.credentials import People
from tests.support import ADMIN_EMAIL, ADMIN_PASSWORD, BROKER_SECRET, Platform, environment_for, serving

# What the shared platform's mock does beside its packaged rules: tokens that a test can count while they come.
UNHURRIED = """
  - name: one by one
    when: {contains: "[test:unhurried]"}
    then: {token_delay_seconds: 0.03}
"""

MakeUser = Callable[..., Awaitable[httpx2.AsyncClient]]

# Thousands of people of tests sign in: a hash that is safe to store would cost each of them 40 ms of the processor.
passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)

# How long an example takes says more about what else the machine does than about the example.
settings.register_profile("codemie", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("codemie")


def _keep_what_is_there() -> None:
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def workplace() -> Iterator[Path]:
    """A folder with a short path, which Unix sockets need, that goes away with the run."""
    folder = Path(tempfile.mkdtemp(prefix="cm-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_url(workplace: Path) -> Iterator[str]:
    """A real PostgreSQL with this version's schema, and a copy of it that stays empty."""
    server = EmbeddedPostgres(workplace / "postgres")
    url = server.start()
    trust_in_the_machine(url)
    migrate(url)
    create_database(url, EMPTY_SCHEMA)
    yield url
    server.stop()


@pytest.fixture(scope="session")
def nats_url(workplace: Path) -> Iterator[str]:
    """A real NATS server."""
    server = EmbeddedNats(workplace / "nats", BROKER_SECRET)
    yield server.start()
    server.stop()


@pytest.fixture(scope="session")
def platform_environment(workplace: Path, postgres_url: str, nats_url: str) -> Iterator[dict[str, str]]:
    """The variables the shared platform runs with."""
    home = workplace / "home"
    home.mkdir()
    (home / "mock-rules.yaml").write_text(
        (resources.files("codemie.models.data") / "mock-rules.yaml").read_text() + UNHURRIED
    )
    with kept_traces.collecting(workplace / "traces") as collector:
        yield environment_for(home, postgres_url, nats_url, CODEMIE_OTLP_ENDPOINT=collector)


@pytest.fixture(scope="session")
async def platform(platform_environment: dict[str, str], workplace: Path) -> AsyncIterator[Platform]:
    """The API and a worker, shared by all tests of the run: make your own users, projects and names."""
    log = workplace / "log.txt"
    kept_log.begin(log)
    async with serving(platform_environment) as running:
        # A loop of its own, as in production: pytest's stands still between tests, and DBOS would take another.
        with start_blocking_portal() as portal:
            work = worker.running(running.settings, f"test-{uuid.uuid4()}")
            with portal.wrap_async_context_manager(work):
                _keep_what_is_there()
                yield running
        left = await planted.in_database(running.resources.database)
    kept_log.end()
    kept_traces.flush()
    left += planted.in_file(log) + planted.in_file(workplace / "traces")
    assert not left, f"Planted secrets lie about after the run: {left[:20]}"


@pytest.fixture(scope="session")
async def admin_token(platform: Platform) -> str:
    """An access token of the first administrator."""
    return await platform.login(ADMIN_EMAIL, ADMIN_PASSWORD)


@pytest.fixture
async def client(platform: Platform, admin_token: str) -> AsyncIterator[httpx2.AsyncClient]:
    """The first administrator."""
    async with platform.client(admin_token) as signed_in:
        yield signed_in


@pytest.fixture
async def anonymous(platform: Platform) -> AsyncIterator[httpx2.AsyncClient]:
    """Nobody."""
    async with platform.client() as nobody:
        yield nobody


@pytest.fixture
async def make_user(platform: Platform) -> AsyncIterator[MakeUser]:
    """Makes a fresh user and gives a client signed in as that user; `client.email` says who it is."""
    from codemie.identity.accounts import create_account

    async with AsyncExitStack() as stack:

        async def make(name: str = "user", **attributes: object) -> httpx2.AsyncClient:
            email = f"{name}-{uuid.uuid4().hex[:8]}@codemie.test"
            async with platform.resources.database.session() as session:
                await create_account(session, email=email, password=ADMIN_PASSWORD, **attributes)  # type: ignore[arg-type]
            signed_in = await stack.enter_async_context(platform.client(await platform.login(email, ADMIN_PASSWORD)))
            signed_in.email = email  # type: ignore[attr-defined]
            return signed_in

        yield make


@pytest.fixture(scope="session")
async def database(postgres_url: str) -> AsyncIterator[Database]:
    """Direct access to the database, for tests of SQL."""
    opened = Database(postgres_url, pool_size=5, unbound=SYSTEM)
    yield opened
    await opened.close()


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop the API runs on in production."""
    return {"uvloop": uvloop.new_event_loop}


def pytest_collection_finish() -> None:
    """Modules and tests stay to the end: they are not looked through for garbage again and again."""
    _keep_what_is_there()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: begun late, they would be waited for in the end."""
    items.sort(key=lambda item: _LONGEST.get(item.path.parent.name, len(_LONGEST)))


# Whole folders that one process works through, then folders with long files; many short files even it out in the end.
_FOLDERS = ("keycloak", "sdk", "official", "browser", "faults", "contract", "cli", "knowledge", "identity")
_LONGEST = {folder: place for place, folder in enumerate(_FOLDERS)}


class Together(LoadScopeScheduling):
    """How several processes share the tests: file by file, and whole folders whose tests share slow servers."""

    def _split_scope(self, nodeid: str) -> str:
        path = PurePosixPath(nodeid.partition("::")[0])
        return str(path.parent if path.parent.name in {"keycloak", "sdk", "official"} else path)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return Together(config, log)


@pytest.fixture
async def people(make_user: MakeUser, client: httpx2.AsyncClient) -> People:
    """A project with its manager and a member, somebody else, and the administrator."""
    manager, member, stranger = [await make_user(name) for name in ("manager", "member", "stranger")]
    project = await new_project(manager)
    body = {"user_id": await id_of(member), "is_project_admin": False}
    assert (await manager.post(f"/v1/projects/{project}/assignment", json=body)).status_code == 200
    return People(project, manager, member, stranger, client)
