"""Calls that go through the proxy the environment names: guarded before, told clearly when it refuses."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest

from codemie.integrations.probes.diagnosis import Walk
from codemie.integrations.trust import trusting
from codemie.kernel.egress import AddressRefused, EgressPolicy, HostUnknown
from codemie.kernel.egress_http import guarded_client
from codemie.kernel.proxies import proxy_for
from tests.fakes import proxy_server, vendors
from tests.fakes.certificates import Authority
from tests.fakes.proxy_server import FakeProxy
from tests.support import free_port

LOOPBACK = EgressPolicy.of(["127.0.0.0/8"])
TOKEN = {"Authorization": f"Bearer {vendors.TOKEN}"}


@pytest.fixture
async def proxy(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeProxy]:
    async with proxy_server.running() as running:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
            monkeypatch.setenv(name, running.url)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        proxy_for.cache_clear()
        yield running
    proxy_for.cache_clear()


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    yield
    proxy_for.cache_clear()


def client(policy: EgressPolicy, authorities: str = "") -> httpx2.AsyncClient:
    return guarded_client(
        policy, headers=TOKEN, timeout=httpx2.Timeout(10), max_bytes=10_000, trust=trusting(authorities)
    )


async def test_plain_and_encrypted_calls_go_through_it(proxy: FakeProxy, tmp_path: Path) -> None:
    authority = Authority.made(tmp_path)
    async with (
        vendors.running() as plain,
        vendors.running(authority.server()) as encrypted,
        client(LOOPBACK, authority.pem) as http,
    ):
        for url in (plain, encrypted):
            assert (await http.get(f"{url}/projects")).json() == {"values": []}
    assert proxy.asked == [f"GET {plain}/projects", f"CONNECT {encrypted.removeprefix('https://')}"]


async def test_what_the_policy_refuses_does_not_reach_it(proxy: FakeProxy) -> None:
    async with client(EgressPolicy()) as http:
        for url in ("http://127.0.0.1:1", "https://169.254.169.254/latest", "http://10.0.0.1"):
            with pytest.raises(AddressRefused):
                await http.get(url)
    assert proxy.asked == []


async def test_a_name_that_only_the_proxy_knows_must_be_listed(proxy: FakeProxy) -> None:
    proxy.refuses = True
    async with client(LOOPBACK) as http:
        with pytest.raises(HostUnknown):
            await http.get("https://only-the-proxy-knows.invalid")
    assert proxy.asked == []
    async with client(EgressPolicy.of(["only-the-proxy-knows.invalid"])) as http:
        with pytest.raises(httpx2.ProxyError, match="403"):
            await http.get("https://only-the-proxy-knows.invalid")
    assert proxy.asked == ["CONNECT only-the-proxy-knows.invalid:443"]


async def test_what_is_excepted_is_reached_directly(proxy: FakeProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    proxy_for.cache_clear()
    async with vendors.running() as url, client(LOOPBACK) as http:
        assert (await http.get(f"{url}/projects")).status_code == 200
    assert proxy.asked == []


async def test_a_connection_test_names_the_proxy_without_its_password(
    proxy: FakeProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk = Walk(LOOPBACK, 5, None, trusting(""))
    async with vendors.running() as url:
        seen = await walk.to(url)
        assert seen.failure is None
        assert [step.name for step in seen.steps] == ["address", "dns", "tcp"]
        assert seen.steps[-1].detail == f"Through the proxy 127.0.0.1:{proxy.port}"
        gone = f"http://me:planted-proxy-secret@127.0.0.1:{free_port()}"
        monkeypatch.setenv("HTTP_PROXY", gone)
        monkeypatch.setenv("http_proxy", gone)
        proxy_for.cache_clear()
        failure = (await walk.to(url)).failure
    assert failure is not None
    assert "The proxy 127.0.0.1" in failure.detail
    assert "planted-proxy-secret" not in str(failure)
    refused = await walk.to("http://10.0.0.1")
    assert refused.verdict == "not allowed"


async def test_many_calls_at_once_share_it(proxy: FakeProxy) -> None:
    async with vendors.running() as url, client(LOOPBACK) as http:
        answers = await asyncio.gather(*(http.get(f"{url}/projects") for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert all(asked == f"GET {url}/projects" for asked in proxy.asked)
