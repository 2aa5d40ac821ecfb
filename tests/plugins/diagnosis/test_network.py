"""The walk's first steps: the key, names, ports, proxies, and which scheme fits what listens."""

import asyncio
from pathlib import Path

import pytest

from codemie.checks.report import Status
from codemie.plugins.diagnosis import network
from codemie.plugins.diagnosis.lookup import Lookup
from codemie.plugins.diagnosis.target import Proxy
from tests.fakes.dns_server import FakeDns, serving
from tests.fakes.proxy_server import FakeProxy
from tests.plugins.diagnosis.certificates import Issued, issued
from tests.plugins.diagnosis.servers import (
    answers_http,
    listening,
    nats_server,
    says,
    users,
)
from tests.plugins.diagnosis.walking import finding, ids, only_failure, walked
from tests.support import free_port


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        ("short", "5 letters"),
        ("0123456789 0123456789", "space"),
        ("0123456789-0123456789\r", "end of a line"),
        ("0123456789.0123456789", "subjects"),
        ("0123456789-0123456789-ключ", "letters that no key has"),
    ],
)
async def test_a_text_that_can_be_no_key_is_told_before_it_is_tried(tmp_path: Path, key: str, fault: str) -> None:
    async with nats_server(tmp_path) as port:
        report = await walked(f"nats://127.0.0.1:{port}", key=key)

    failed, found = only_failure(report)
    assert (failed, fault in found.detail) == ("key", True)
    assert finding(report, "auth").detail == "blocked by nats.key"
    assert finding(report, "wrong_key").status is Status.PASS, "steps that need no key go on"
    assert key not in str(report.as_document())


async def test_a_name_without_an_address_is_the_one_failure() -> None:
    failed, found = only_failure(await walked("tls://no-such-host.invalid:4222"))

    assert failed == "dns"
    assert "no-such-host.invalid leads to no address" in found.detail


async def test_a_port_where_nobody_listens_is_the_one_failure() -> None:
    failed, found = only_failure(await walked(f"nats://127.0.0.1:{free_port()}"))

    assert failed == "tcp"
    assert "refused" in found.detail
    assert "Nobody listens there" in found.remedy[0]


async def test_a_name_with_a_dead_address_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.9", "127.0.0.1"]

    monkeypatch.setattr(network, "resolve", resolve)
    async with nats_server(tmp_path) as port:
        report = await walked(f"nats://engine.test:{port}")

    assert ids(report, Status.WARN) == ["tcp"]
    assert "127.0.0.9" in finding(report, "tcp").detail
    assert finding(report, "auth").status is Status.PASS


def name_servers(world: list[str], zone_here: str) -> tuple[FakeDns, FakeDns]:
    """A resolver, which names other servers of the zone where a private one stands in, and what the world asks."""
    resolver = FakeDns("127.0.0.2", zones={"engine.test"})
    resolver.records = {
        ("test", "NS"): (60, ["ns.test"]),
        ("ns.test", "A"): (60, ["127.0.0.3"]),
        ("engine.test", "NS"): (60, [zone_here]),
    }
    public = FakeDns("127.0.0.3", is_authoritative=True, zones={"test"})
    public.records = {("engine.test", "A"): (60, world)} if world else {}
    return resolver, public


@pytest.mark.parametrize(
    ("world", "zone_here", "status", "says"),
    [
        (["127.0.0.1"], "ns.test", Status.PASS, "engine.test is 127.0.0.1"),
        (["127.0.0.1", "127.0.0.9"], "ns.private", Status.PASS, "engine.test is 127.0.0.1"),
        (
            ["127.0.0.9"],
            "ns.private",
            Status.WARN,
            "led to 127.0.0.1, by the private zone engine.test, the world",
        ),
        ([], "ns.private", Status.WARN, "Only this network finds engine.test"),
    ],
)
async def test_what_agents_outside_are_told_is_named_beside_what_is_told_here(
    world: list[str], zone_here: str, status: Status, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    monkeypatch.setattr(network, "resolve", resolve)
    async with nats_server(tmp_path) as port, serving(*name_servers(world, zone_here)) as dns_port:
        lookup = Lookup(("127.0.0.2",), dns_port, timeout=1)
        report = await walked(f"nats://engine.test:{port}", lookup=lookup)

    found = finding(report, "dns")
    assert (found.status, says in found.detail) == (status, True), found
    assert found.evidence["world"] == (", ".join(world) or "NODATA")
    assert finding(report, "auth").status is Status.PASS


async def test_a_name_that_a_private_zone_hides_is_named_with_what_the_world_finds() -> None:
    async with serving(*name_servers(["127.0.0.9"], "ns.private")) as dns_port:
        lookup = Lookup(("127.0.0.2",), dns_port, timeout=1)
        failed, found = only_failure(await walked("nats://engine.test:4222", lookup=lookup))

    assert failed == "dns"
    assert "and in the world to 127.0.0.9" in found.detail


async def test_a_view_of_the_world_that_cannot_be_had_is_no_agreement(monkeypatch: pytest.MonkeyPatch) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    monkeypatch.setattr(network, "resolve", resolve)
    resolver, public = name_servers(["127.0.0.1"], "ns.test")
    public.is_silent = True
    async with serving(resolver, public) as dns_port:
        report = await walked(f"nats://engine.test:{free_port()}", lookup=Lookup(("127.0.0.2",), dns_port, timeout=0.3))

    found = finding(report, "dns")
    assert (found.status, found.evidence["world"]) == (
        Status.PASS,
        "not seen: No public name server answers from here",
    )


async def test_a_proxy_leads_through_and_its_password_stays_unsaid(tmp_path: Path) -> None:
    proxy, place = FakeProxy(), ""
    async with nats_server(tmp_path) as port, listening(proxy.serve) as proxy.port:
        place = f"127.0.0.1:{port}"
        report = await walked(f"nats://{place}", proxy=Proxy.parsed(proxy.url))

    assert finding(report, "proxy").status is Status.PASS
    assert finding(report, "auth").status is Status.PASS
    assert set(proxy.asked) == {f"CONNECT {place}"}
    assert "planted-proxy-secret" not in str(report.as_document())


@pytest.mark.parametrize(
    ("uri", "refuses", "remedy"), [("{}", True, "forbids"), ("http://127.0.0.1:{}", False, "user")]
)
async def test_a_proxy_that_does_not_let_through_is_the_one_failure(*, uri: str, refuses: bool, remedy: str) -> None:
    proxy = FakeProxy(refuses=refuses)
    async with listening(proxy.serve) as proxy.port:
        through = Proxy.parsed(proxy.url if uri == "{}" else uri.format(proxy.port))
        failed, found = only_failure(await walked("tls://engine.invalid:4222", proxy=through))

    assert failed == "proxy"
    assert remedy in found.remedy[0]


async def test_something_that_is_no_proxy_is_told() -> None:
    async with listening(says(b"SSH-2.0-OpenSSH_9\r\n")) as port:
        failed, found = only_failure(
            await walked("tls://engine.invalid:4222", proxy=Proxy.parsed(f"http://127.0.0.1:{port}"))
        )

    assert (failed, "no HTTP proxy" in found.remedy[0]) == ("proxy", True)


async def test_tls_first_where_the_server_greets_first_names_the_scheme_that_fits(tmp_path: Path) -> None:
    async with nats_server(tmp_path) as port:
        failed, found = only_failure(await walked(f"tls://127.0.0.1:{port}"))

    assert failed == "scheme"
    assert f"Use nats://127.0.0.1:{port}" in found.remedy[0]


@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_websocket_where_nats_listens_names_the_scheme_that_fits(tmp_path: Path, scheme: str) -> None:
    async with nats_server(tmp_path) as port:
        failed, found = only_failure(await walked(f"{scheme}://127.0.0.1:{port}/path"))

    assert (failed, found.remedy[0]) == ("scheme", f"Use nats://127.0.0.1:{port}")


async def test_greeting_first_where_tls_comes_first_names_the_scheme_that_fits(tmp_path: Path, root: Issued) -> None:
    file = issued("server", root, names=("127.0.0.1",)).written(tmp_path)
    tls = f'tls {{ cert_file: "{file}", key_file: "{file}", handshake_first: true }}'
    async with nats_server(tmp_path, f"{users()}\n{tls}") as port:
        failed, found = only_failure(await walked(f"nats://127.0.0.1:{port}"))

    assert (failed, found.remedy[0]) == ("scheme", f"Use tls://127.0.0.1:{port}")


@pytest.mark.parametrize("scheme", ["nats", "tls"])
async def test_a_web_server_may_be_the_platform(scheme: str) -> None:
    async with listening(answers_http("HTTP/1.1 200 OK")) as port:
        failed, found = only_failure(await walked(f"{scheme}://127.0.0.1:{port}"))

    assert failed == "scheme"
    assert f"Use ws://127.0.0.1:{port}/v1/plugin-engine/ws" in found.remedy[0]


@pytest.mark.parametrize(
    ("greeting", "waits", "said"),
    [(b"", True, "says nothing"), (b"", False, "closed"), (b"SSH-2.0-OpenSSH_9\r\n", True, "something unknown")],
)
@pytest.mark.parametrize("scheme", ["nats", "tls", "ws"])
async def test_a_port_that_is_no_nats_is_told(
    monkeypatch: pytest.MonkeyPatch, *, scheme: str, greeting: bytes, waits: bool, said: str
) -> None:
    monkeypatch.setattr("codemie.plugins.diagnosis.listener._PATIENCE", 0.2)
    monkeypatch.setattr("codemie.plugins.diagnosis.listener._HANDSHAKE", 0.1)
    async with listening(says(greeting, then_waits=waits)) as port:
        failed, found = only_failure(await walked(f"{scheme}://127.0.0.1:{port}"))

    assert failed == "scheme"
    assert said in found.detail


async def test_plain_connections_to_other_machines_are_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codemie.plugins.diagnosis.server._is_this_machine", lambda address: False)
    async with nats_server(tmp_path) as port:
        report = await walked(f"nats://127.0.0.1:{port}")

    assert ids(report, Status.WARN) == ["scheme"]
    assert "others on the way can read the key" in finding(report, "scheme").detail


async def test_a_server_that_never_ends_its_greeting_costs_a_bounded_time() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(200):
            writer.write(b"A" * 65_536)
            await writer.drain()

    async with listening(endless) as port:
        failed, _ = only_failure(await walked(f"nats://127.0.0.1:{port}"))

    assert failed == "scheme"
