"""What tests share: waiting for a condition, a running platform, clients of it."""

import asyncio
import contextlib
import os
import socket
import ssl
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import pytest
import uvicorn

from codemie.app import Resources, create_app
from codemie.settings import Settings, load_settings
from tests import kept_log

ADMIN_EMAIL = "admin@codemie.test"
ADMIN_PASSWORD = "a-long-test-passphrase"
# Platforms that share a database must share the key that its secrets are sealed with.
MASTER_KEY = "dGVzdHMgb25seTogbm90IGEgc2VjcmV0LCAzMiBieXQ="
# Every NATS server of the tests knows it, so every platform of the tests finds its logins there.
BROKER_SECRET = "tests-only-not-a-secret-of-anybody"
FAKE_MCP_PROGRAM = Path(__file__).parent / "fakes" / "mcp_tools.py"

# To read the certificates of the world anew takes each client 25 ms of the processor, and nobody here needs them.
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

ResultT = TypeVar("ResultT")


async def until(
    probe: Callable[[], Awaitable[ResultT | None]],
    *,
    seconds: float = 30.0,
    every: float = 0.05,
    what: str = "the condition",
) -> ResultT:
    """Wait until `probe` gives something true, and return that; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        if result := await probe():
            return result
        if time.monotonic() > deadline:
            pytest.fail(f"{what} did not come true within {seconds} s")
        await asyncio.sleep(every)


def require(present: Any, component: str) -> None:
    """Skip the test when a component of the machine is missing; fail where it was promised to be there."""
    if present:
        return
    if os.environ.get("CODEMIE_REQUIRE_COMPONENTS") == "1":
        pytest.fail(f"{component} is missing, and CODEMIE_REQUIRE_COMPONENTS=1 says it must be there")
    pytest.skip(f"{component} is not on this machine")


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Platform:
    """A platform that runs in this process on a real loopback port."""

    url: str
    home: Path
    settings: Settings
    environment: dict[str, str]
    resources: Resources

    def client(self, token: str | None = None, **options: Any) -> httpx2.AsyncClient:
        """An HTTP client of it, signed in with `token`."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx2.AsyncClient(base_url=self.url, headers=headers, timeout=60, verify=NO_CERTIFICATES, **options)

    async def login(self, email: str, password: str) -> str:
        """An access token by password."""
        async with self.client() as client:
            answer = await client.post("/v1/local-auth/login", json={"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])


def environment_for(home: Path, database_url: str, nats_url: str, **extra: str) -> dict[str, str]:
    """The variables of a test platform: quiet logs, a known administrator."""
    return {
        "CODEMIE_HOME": str(home),
        "CODEMIE_PORT": str(free_port()),
        "CODEMIE_DATABASE_URL": database_url,
        "CODEMIE_NATS_URL": nats_url,
        "CODEMIE_PLUGINS_BROKER_SECRET": BROKER_SECRET,
        "CODEMIE_MASTER_KEY": MASTER_KEY,
        "CODEMIE_ADMIN_EMAIL": ADMIN_EMAIL,
        "CODEMIE_ADMIN_PASSWORD": ADMIN_PASSWORD,
        "CODEMIE_LOG_LEVEL": "WARNING",
        # Repositories of tests lie on this machine's disk.
        "CODEMIE_KNOWLEDGE_GIT_FILE_URLS": "true",
        # So are those of fake Git servers; by its number the address stays refused.
        "CODEMIE_KNOWLEDGE_EGRESS_ALLOW": "localhost",
        # Tests ask more in a minute than a person would.
        "CODEMIE_CONVERSATIONS_TURNS_PER_MINUTE": "0",
        "CODEMIE_CONVERSATIONS_UPLOADS_PER_MINUTE": "0",
        "CODEMIE_CONVERSATIONS_AGENT_CARDS_PER_MINUTE": "0",
        "CODEMIE_KNOWLEDGE_SEARCHES_PER_MINUTE": "0",
        # Servers of tests listen on this address, or are programs beside the tests.
        "CODEMIE_MCP_EGRESS_ALLOW": "127.0.0.1/32",
        "CODEMIE_CONVERSATIONS_AGENT_EGRESS_ALLOW": "127.0.0.1/32",
        "CODEMIE_INTEGRATIONS_EGRESS_ALLOW": "127.0.0.1/32",
        "CODEMIE_INTEGRATIONS_EGRESS_IP": "192.0.2.7",
        "CODEMIE_INTEGRATIONS_TEST_SECONDS": "2",
        "CODEMIE_INTEGRATIONS_TESTS_PER_MINUTE": "0",
        "CODEMIE_TOOLKITS_CALLS_PER_MINUTE": "0",
        "CODEMIE_MCP_ALLOWED_COMMANDS": f"{sys.executable} {FAKE_MCP_PROGRAM} *",
        "CODEMIE_MCP_ALLOWED_ENVIRONMENT": "GREETING",
        **extra,
    }


async def _serve(server: uvicorn.Server) -> None:
    # uvicorn reports a failed start by leaving the process; here it must leave only the task.
    with contextlib.suppress(SystemExit):
        await server.serve()


@asynccontextmanager
async def serving(environment: dict[str, str]) -> AsyncGenerator[Platform]:
    """The API on its port, in this event loop, until the block ends."""
    settings = load_settings(environment)[0]
    app = create_app(settings)
    kept_log.attach()
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=settings.kernel.port,
        log_config=None,
        lifespan="on",
        timeout_graceful_shutdown=2,
        proxy_headers=False,
    )
    server = uvicorn.Server(config)
    # pytest owns the signals.
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    task = asyncio.create_task(_serve(server))

    async def started() -> bool:
        return server.started or task.done()

    await until(started, what="the start of the platform")
    assert server.started, "the platform did not start; its log says why"
    url = f"http://127.0.0.1:{settings.kernel.port}"
    yield Platform(url, settings.kernel.home, settings, environment, app.app.state.resources)  # type: ignore[attr-defined]
    server.should_exit = True
    await asyncio.wait_for(task, timeout=10)
