"""The official agent, running against the platform of the tests."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fakes.certificates import Authority
from tests.fakes.front import Front, fronted
from tests.plugins.official.agents import OfficialAgent, development, mcp, official_agent
from tests.plugins.official.environment import official_program
from tests.plugins.official.plugged import Plugged, plugged_in
from tests.support import ADMIN_EMAIL, Platform

TOOL_SECONDS = "3"
SHED_TOOL_SECONDS = "8"
"""More: an answer of 9 MB takes longer than 3 seconds on a machine that has other work."""


@dataclass
class Running:
    """Two agents with one key.

    Attributes:
        workshop: serves a repository; connected to the broker through `front`, which ends TLS as load balancers do.
        shed: serves an MCP server; connected to the API's WebSocket, through an ingress that ends TLS.
    """

    plugged: Plugged
    workshop: OfficialAgent
    shed: OfficialAgent
    front: Front


@pytest.fixture(scope="session")
def program() -> Path:
    """The agent's command."""
    return official_program()


@pytest.fixture(scope="session")
def nats_port(nats_url: str) -> int:
    """Where the broker listens."""
    return int(nats_url.rpartition(":")[2])


@dataclass(frozen=True)
class Certified:
    """A TLS server's context, and the variables with which an agent trusts it."""

    context: ssl.SSLContext
    variables: dict[str, str]


@pytest.fixture(scope="session")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    """A certificate for this machine by a private authority."""
    folder = tmp_path_factory.mktemp("authority")
    authority = Authority.made(folder)
    file = folder / "authority.pem"
    file.write_text(authority.pem)
    return Certified(authority.server(), {"SSL_CERT_FILE": str(file)})


@pytest.fixture(scope="session")
async def running(
    platform: Platform,
    admin_token: str,
    program: Path,
    nats_port: int,
    certified: Certified,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Running]:
    """Both agents, started at the same time: each imports for seconds."""
    folder = tmp_path_factory.mktemp("agents")
    home, attic = folder / "workshop-home", folder / "shed-home"
    home.mkdir()
    attic.mkdir()
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(platform.client(admin_token))
        plugged = await plugged_in(platform, client, ADMIN_EMAIL)
        front = await stack.enter_async_context(fronted(nats_port, certified.context))
        ingress = await stack.enter_async_context(fronted(platform.settings.kernel.port, certified.context))
        workshop = await stack.enter_async_context(
            official_agent(
                program,
                home,
                development(home, "workshop"),
                uri=f"tls://127.0.0.1:{front.port}",
                key=plugged.key,
                **certified.variables,
                TOOL_EXECUTION_TIMEOUT=TOOL_SECONDS,
            )
        )
        shed = await stack.enter_async_context(
            official_agent(
                program,
                attic,
                mcp(attic, program.with_name("python")),
                uri=f"wss://127.0.0.1:{ingress.port}/v1/plugin-engine/ws",
                key=plugged.key,
                **certified.variables,
                PLUGIN_LABEL="shed",
                TOOL_EXECUTION_TIMEOUT=SHED_TOOL_SECONDS,
            )
        )
        await asyncio.gather(plugged.session("workshop"), plugged.session("shed"))
        yield Running(plugged, workshop, shed, front)
