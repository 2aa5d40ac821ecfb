"""The ways out: each reason for which one is closed is told apart, and nothing that is secret is shown."""

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path

import pytest

from codemie.checks.report import Checked, Status
from codemie.integrations.tables import Integration
from codemie.kernel.proxies import proxy_for
from tests.fakes import proxy_server, vendors
from tests.fakes.certificates import Authority
from tests.fakes.proxy_server import FakeProxy
from tests.operations.installation.world import World, examined, leads_to
from tests.plugins.diagnosis.servers import listening
from tests.support import free_port

Look = Callable[..., Awaitable[Checked]]


@pytest.fixture
async def looked_at(world: World) -> AsyncIterator[Look]:
    """Look where the integration leads elsewhere; it is put back afterwards."""
    async with world.database.session() as session:
        before = (await session.get_one(Integration, world.integration)).values[0]["value"]

    async def look(url: str, kind: str = "Jira", **values: str) -> Checked:
        await leads_to(world, url, kind, **values)
        report = await examined(world.view(), "egress.reach")
        assert "planted" not in str(report.as_document())
        return report.checks[-1]

    yield look
    await leads_to(world, before)


@asynccontextmanager
async def dropping() -> AsyncGenerator[str]:
    """Nobody takes connections up and no more may wait, so that packets are dropped as by a firewall."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(server.getsockname())
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        for each in waiting:
            each.close()


@asynccontextmanager
async def silent() -> AsyncGenerator[str]:
    async def talk(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with listening(talk) as port:
        yield f"http://127.0.0.1:{port}"


def secured(certificate: Callable[[Authority], ssl.SSLContext]) -> Callable[[Path], AbstractAsyncContextManager[str]]:
    return lambda folder: vendors.running(certificate(Authority.made(folder)))


CLOSED: dict[str, tuple[Callable[[Path], AbstractAsyncContextManager[str]], str, str]] = {
    "unknown name": (lambda _: nullcontext("https://nowhere.invalid"), "The name nowhere.invalid is not known", "DNS"),
    "refused": (lambda _: nullcontext(f"http://127.0.0.1:{free_port()}"), "refused the connection", "port"),
    "timed out": (lambda _: dropping(), "did not answer within 2 s", "admit 192.0.2.7, the address of this"),
    "timed out, later": (lambda _: silent(), "Connected, but no answer came in time", "a firewall lets"),
    "bad certificate": (
        secured(lambda authority: authority.server()),
        "issued by Authority of a company",
        "a proxy that opens the encryption",
    ),
    "bad certificate, old": (secured(lambda authority: authority.server(days=-1)), "issued by", "See who issued"),
    "not allowed": (lambda _: nullcontext("http://10.0.0.1"), "10.0.0.1 is a private", "integrations.egress_allow"),
}


@pytest.mark.parametrize("cause", CLOSED)
async def test_each_cause_is_told_with_the_address_to_be_admitted(looked_at: Look, tmp_path: Path, cause: str) -> None:
    place, told, action = CLOSED[cause]
    async with place(tmp_path) as url:
        found = await looked_at(f"{url}/planted-path")

    verdict = cause.partition(",")[0]
    assert found.status is Status.FAIL
    assert found.finding.detail == f"1 of 1 cannot be reached from 192.0.2.7: 1 {verdict}"
    (name, evidence), *_ = found.finding.evidence.items()
    assert name.endswith(" (Jira)")
    assert evidence.startswith(f"{verdict}: ")
    assert told in evidence
    assert action in " ".join(found.finding.remedy)


async def test_a_refused_credential_is_a_way_that_is_open(looked_at: Look, tmp_path: Path) -> None:
    authority = Authority.made(tmp_path)

    async def forbidding(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        assert request.startswith(b"GET / HTTP/1.1"), "neither path nor credential leaves"
        assert b"authorization" not in request.lower()
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()

    async with listening(forbidding, authority.server()) as port:
        url = f"https://me:planted-password@127.0.0.1:{port}/planted-path"
        found = await looked_at(url, ca_certificate=authority.pem)

    assert found.status is Status.PASS
    assert found.finding.evidence == {f"https://127.0.0.1:{port} (Jira)": "reached: HTTP 403, it wants a credential"}


async def test_a_database_is_reached_at_its_port(looked_at: Look) -> None:
    async with silent() as url:
        port = url.rpartition(":")[2]
        found = await looked_at("127.0.0.1", "SQL", port=port)

    assert found.finding.evidence == {f"tcp://127.0.0.1:{port} (SQL)": "connected"}
    assert found.status is Status.PASS


async def test_who_answers_that_they_are_ill_is_a_warning(
    looked_at: Look,
) -> None:
    async def ill(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()

    async with listening(ill) as port:
        found = await looked_at(f"http://127.0.0.1:{port}")

    assert (found.status, "HTTP 503" in str(found.finding.evidence)) == (Status.WARN, True)


@pytest.fixture
async def proxy(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeProxy]:
    async with proxy_server.running() as server:
        for name in ("HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, server.url)
            monkeypatch.setenv(name.lower(), server.url)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        proxy_for.cache_clear()
        yield server
    proxy_for.cache_clear()


async def test_a_proxy_is_used_and_what_it_refuses_is_its_refusal(
    looked_at: Look, proxy: FakeProxy, tmp_path: Path
) -> None:
    authority = Authority.made(tmp_path)
    async with vendors.running(authority.server()) as url:
        place = url.removeprefix("https://")
        open_way = await looked_at(url, ca_certificate=authority.pem)
        intercepted = await looked_at(url)
        proxy.refuses = True
        refused = await looked_at(url, ca_certificate=authority.pem)

    assert proxy.asked[0] == f"CONNECT {place}"
    assert open_way.status is Status.PASS
    assert "bad certificate" in intercepted.finding.detail
    assert "The proxy refused" in str(refused.finding.evidence)


async def test_without_an_integration_that_leads_out_nothing_is_looked_at(
    looked_at: Look,
) -> None:
    inside, nowhere = await looked_at("x", "Plugin"), await looked_at("x", "Jira")

    assert (inside.status, inside.finding.detail) == (Status.SKIP, "there are no integrations")
    assert (nowhere.status, nowhere.finding.detail) == (Status.SKIP, "no integration names an address")
