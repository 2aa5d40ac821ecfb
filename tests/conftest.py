"""Fixtures every test may use: real PostgreSQL and NATS, one platform per test run, clients of it."""

import asyncio
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path, PurePosixPath
from typing import Any

import httpx2
import pytest
import uvloop
from anyio.from_thread import start_blocking_portal
from xdist.scheduler import LoadScopeScheduling

from codemie import worker
from codemie.embedded.nats import EmbeddedNats
from codemie.embedded.postgres import EmbeddedPostgres
from codemie.kernel.database import Database
from codemie.kernel.migration import migrate
from codemie.kernel.row_security import SYSTEM
from tests.databases import EMPTY_SCHEMA, create_database
from tests.support import ADMIN_EMAIL, ADMIN_PASSWORD, Platform, environment_for, serving

MakeUser = Callable[..., Awaitable[httpx2.AsyncClient]]


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
    migrate(url)
    create_database(url, EMPTY_SCHEMA)
    yield url
    server.stop()


@pytest.fixture(scope="session")
def nats_url(workplace: Path) -> Iterator[str]:
    """A real NATS server."""
    server = EmbeddedNats(workplace / "nats")
    yield server.start()
    server.stop()


@pytest.fixture(scope="session")
def platform_environment(workplace: Path, postgres_url: str, nats_url: str) -> dict[str, str]:
    """The variables the shared platform runs with."""
    home = workplace / "home"
    home.mkdir()
    return environment_for(home, postgres_url, nats_url)


@pytest.fixture(scope="session")
async def platform(platform_environment: dict[str, str]) -> AsyncIterator[Platform]:
    """The API and a worker, shared by all tests of the run: make your own users, projects and names."""
    async with serving(platform_environment) as running:
        # A loop of its own, as in production: pytest's stands still between tests, and DBOS would take another.
        with start_blocking_portal() as portal:
            work = worker.running(running.settings, f"test-{uuid.uuid4()}")
            with portal.wrap_async_context_manager(work):
                yield running


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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: begun late, they would be waited for in the end."""
    items.sort(key=lambda item: _LONGEST.get(item.path.parent.name, len(_LONGEST)))


_LONGEST = {"keycloak": 0, "browser": 1, "faults": 2}


class Together(LoadScopeScheduling):
    """How several processes share the tests: file by file, and whole folders whose tests share slow servers."""

    def _split_scope(self, nodeid: str) -> str:
        path = PurePosixPath(nodeid.partition("::")[0])
        return str(path.parent if path.parent.name in {"keycloak", "sdk"} else path)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return Together(config, log)
