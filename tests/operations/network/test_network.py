"""A domain on loopback, healthy and with one fault at a time."""

import asyncio
import contextlib
import errno
import json
import shutil
import ssl
import subprocess
import sys
from pathlib import Path

import dns.rcode
import pytest
from aiohttp import web
from typer.testing import CliRunner

from codemie.checks.report import Report, Status
from codemie.checks.run import Options
from codemie.checks.sources import Unobservable
from codemie.cli.commands import app
from codemie.cli.net import WAYS, Asked, lookup_at
from codemie.kernel.errors import InvalidInput
from codemie.operations.catalogue import CHECKS as ALL
from codemie.operations.network import site
from codemie.plugins.diagnosis import hosts_file, lookup, views
from codemie.plugins.diagnosis.dialling import Link
from codemie.plugins.diagnosis.lookup import Lookup
from tests.fakes.dns_server import FakeDns, serving
from tests.operations.injection import assert_only
from tests.operations.network.faults import FAULTS, NetworkFault
from tests.operations.network.world import CHECKS, HOST, ZONE, healthy, pages
from tests.plugins.diagnosis.certificates import issued
from tests.support import free_port, require


@pytest.fixture(scope="module")
def well(tmp_path_factory: pytest.TempPathFactory) -> Report:
    world = healthy(tmp_path_factory.mktemp("well"))
    return asyncio.run(world.report())


def test_all_is_well_where_nothing_is_broken(well: Report) -> None:
    assert {check.id: check.finding.detail for check in well.checks if check.status is not Status.PASS} == {}


@pytest.mark.parametrize("fault", FAULTS, ids=[f"{fault.check}: {fault.what}" for fault in FAULTS])
async def test_a_fault_turns_its_own_check_red(fault: NetworkFault, well: Report, tmp_path: Path) -> None:
    if fault.check == "tls.stapling":
        require(shutil.which("openssl"), "openssl")
    world = healthy(tmp_path)
    fault.inject(world)

    assert_only(fault, well, await world.report())


def test_every_check_has_a_fault() -> None:
    assert {check.id for check in CHECKS} == {fault.check for fault in FAULTS}


async def test_a_zone_that_nobody_tells_is_not_taken_for_the_one_above(tmp_path: Path) -> None:
    world = healthy(tmp_path)
    world.resolver.unanswered.add(f"{ZONE} SOA")

    found = {check.id: check for check in (await world.report()).checks}

    assert {name for name, check in found.items() if check.status is not Status.PASS} == {
        "dns.delegation",
        "dns.propagation",
    }
    assert found["dns.propagation"].status is Status.UNKNOWN
    assert "Nobody answered" in found["dns.propagation"].finding.detail


async def test_a_private_zone_without_the_record_is_named_beside_what_the_world_finds(tmp_path: Path) -> None:
    world = healthy(tmp_path)
    world.resolver.records[ZONE, "NS"] = (3600, ["ns-0.awsdns-00.com"])
    world.resolver.codes[HOST] = dns.rcode.NXDOMAIN

    found = {check.id: check for check in (await world.report()).checks}

    detail = found["dns.records"].finding.detail
    assert f"The private zone {ZONE} hides {HOST}" in detail
    assert "the world finds 127.0.0.1" in detail
    assert "is private here" in found["dns.delegation"].finding.detail


async def test_a_private_namesake_with_the_same_addresses_is_no_fault(tmp_path: Path) -> None:
    world = healthy(tmp_path)
    world.resolver.records[ZONE, "NS"] = (3600, ["ns-0.awsdns-00.com"])

    found = {check.id: check for check in (await world.report()).checks}

    assert found["dns.views"].status is Status.PASS
    assert found["dns.views"].finding.evidence["world"] == "127.0.0.1"


async def test_silent_servers_of_the_world_are_not_waited_for_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "_SECONDS", 0.2)
    world = healthy(Path())
    world.parent.is_silent = world.child.is_silent = True

    async with serving(world.resolver, world.parent, world.child) as port, asyncio.timeout(10):
        with pytest.raises(Unobservable, match="No public name server answers"):
            await views.world(Lookup(("127.0.0.2",), port, timeout=60), HOST)


async def test_of_the_world_nothing_is_claimed_where_its_servers_are_out_of_reach(tmp_path: Path) -> None:
    world = healthy(tmp_path)
    world.parent.is_silent = world.child.is_silent = True

    found = {check.id: check for check in (await world.report()).checks}

    assert found["dns.views"].status is Status.UNKNOWN
    assert "No public name server answers from here" in found["dns.views"].finding.detail


async def test_a_resolver_that_is_behind_says_for_how_long(tmp_path: Path) -> None:
    world = healthy(tmp_path)
    world.resolver.records[HOST, "A"] = (47, ["127.0.0.1"])
    world.child.records[HOST, "A"] = (60, ["127.0.0.9"])

    found = next(check for check in (await world.report()).checks if check.id == "dns.propagation")

    assert "for at most 47 s more" in found.finding.detail


async def test_the_command_asks_the_resolver_it_is_given() -> None:
    server = FakeDns("127.0.0.1", zones={"example.org"})
    server.records = {
        ("app.example.org", "CNAME"): (60, ["lb.example.org"]),
        ("lb.example.org", "A"): (9, ["10.1.2.3"]),
    }
    async with serving(server) as port:
        command = [sys.executable, "-m", "codemie.cli", "net", "dns", "app.example.org", "--json"]
        process = await asyncio.create_subprocess_exec(
            *command, "--resolver", f"127.0.0.1:{port}", "--target", "10.9.9.9", stdout=subprocess.PIPE
        )
        output, _ = await asyncio.wait_for(process.communicate(), 60)

    checks = {check["id"]: check for check in json.loads(output)["checks"]}
    assert process.returncode == 2
    assert checks["dns.records"]["detail"] == "app.example.org → lb.example.org is 10.1.2.3"
    assert (checks["dns.target"]["status"], checks["dns.propagation"]["status"]) == ("fail", "unknown")


@pytest.mark.parametrize("kept", [True, False])
async def test_an_absence_is_kept_as_long_as_the_zone_says(*, kept: bool, tmp_path: Path) -> None:
    world = healthy(tmp_path)
    behind = world.resolver if kept else world.child
    behind.codes[HOST], behind.minimum = dns.rcode.NXDOMAIN, 120

    found = {check.id: check for check in (await world.report()).checks}["dns.propagation"]

    assert found.status is Status.WARN
    assert found.finding.detail.startswith(
        "The resolver still says that there is none, the zone 127.0.0.1: for at most 120 s"
        if kept
        else "The resolver still says 127.0.0.1, the zone that there is none: for at most 60 s"
    )


async def test_a_zone_that_does_not_name_its_servers_is_not_delegated_wrongly(tmp_path: Path) -> None:
    world = healthy(tmp_path)
    del world.resolver.records[ZONE, "NS"]

    found = {check.id: check for check in (await world.report()).checks}

    assert found["dns.delegation"].status is Status.UNKNOWN


async def test_a_machine_without_ipv6_says_nothing_of_the_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = healthy(tmp_path)
    world.resolver.records[HOST, "AAAA"] = world.child.records[HOST, "AAAA"] = (60, ["2001:db8::1"])
    world.expected = ("127.0.0.1", "2001:db8::1")
    real = site.connect

    async def connect(address: str, port: int) -> Link:
        if ":" in address:
            raise OSError(errno.ENETUNREACH, "Network is unreachable")
        return await real(address, port)

    monkeypatch.setattr(site, "connect", connect)

    found = {check.id: check for check in (await world.report()).checks}["net.path"]

    assert (found.status, found.finding.detail) == (
        Status.PASS,
        "1 of 1 addresses answer; 1 cannot be tried without IPv6",
    )


async def test_the_page_is_shown_hop_by_hop_with_its_times(tmp_path: Path) -> None:
    report = await healthy(tmp_path).report()

    seen = {check.id: check for check in report.checks}["http.page"].finding.evidence

    assert [value.partition(" ")[0] for name, value in seen.items() if name.startswith("https://")] == ["302", "302"]
    assert [each.partition(" ")[0] for each in seen["took"].split(", ")] == ["dns", "tcp", "tls", "first"]
    assert seen["HSTS"] == "none"
    assert "planted" not in json.dumps(report.as_document())


async def test_a_token_goes_nowhere_but_to_the_right_certificate(tmp_path: Path) -> None:
    world = healthy(tmp_path)
    world.certificate = issued(HOST, issued("Somebody on the way", is_authority=True), names=(HOST,))

    found = {check.id: check for check in (await world.report()).checks}["proxy.bearer"]

    assert found.finding.detail == "blocked by tls.chain"


async def test_a_page_is_asked_as_its_address_says(tmp_path: Path) -> None:
    asked: list[str] = []

    async def served(request: web.Request) -> web.Response:
        asked.append(request.path_qs)
        return web.Response(text="well")

    async with pages([web.get("/a/b", served)], None) as port:
        report = await Asked("http", f"http://127.0.0.1:{port}/a/b?c=1").examine(Options())

    assert {check.id for check in report.checks if check.status is Status.PASS} == {"net.path", "http.page"}
    assert set(asked) == {"/a/b?c=1"}


async def test_a_page_that_says_nothing_is_a_fault_and_not_an_error_of_ours() -> None:
    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        report = await Asked("http", f"http://127.0.0.1:{port}/").examine(Options())

    assert not report.is_broken
    assert {check.id: check.status for check in report.checks}["http.page"] is Status.FAIL


@pytest.mark.parametrize(
    ("greeting", "told"),
    [
        (b'INFO {"tls_required":true}', "NATS that greets first"),
        (b'INFO {"server_id":"x"}', "NATS without TLS"),
        (b"", "NATS that begins with TLS"),
    ],
)
async def test_nats_says_how_it_begins(greeting: bytes, told: str, tmp_path: Path) -> None:
    root = issued("Root of the test", is_authority=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(issued(HOST, root, names=(HOST,)).written(tmp_path))

    async def nats(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            writer.write((greeting or b'INFO {"server_id":"x"}') + b"\r\n")
            if b"tls" in greeting:
                await writer.start_tls(context)
            await reader.read()
        writer.transport.abort()

    async with await asyncio.start_server(nats, "127.0.0.1", 0, ssl=None if greeting else context) as server:
        place = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        report = await Asked("tls", place).examine(Options(only=("tls.handshake",)))

    assert told in {check.id: check for check in report.checks}["tls.handshake"].finding.detail


@pytest.mark.parametrize("place", ["a..b", f"{'a' * 64}.example.org"])
def test_what_no_server_can_be_asked_about_is_refused(place: str) -> None:
    with pytest.raises(InvalidInput, match="is no name"):
        Asked("dns", place).site()


@pytest.mark.parametrize("place", ["", "https://", "host:port", "ai.example.org:99999"])
def test_a_place_that_is_none_is_refused(place: str) -> None:
    with pytest.raises(InvalidInput, match="names no host"):
        Asked("tcp", place).site()


@pytest.mark.parametrize("resolver", ["", "host:port", ":53"])
def test_a_resolver_that_is_none_is_refused(resolver: str) -> None:
    with pytest.raises(InvalidInput, match="is no resolver"):
        lookup_at(resolver, 10)


def test_places_and_resolvers_are_read_as_people_write_them() -> None:
    assert (Asked("tls", "ai.example.org:8443").site().port, Asked("http", "http://x.org/a").site().port) == (8443, 80)
    assert [lookup_at(text, 10).port for text in ("10.0.0.2", "10.0.0.2:5353", "fd00::2", "[fd00::2]:54")] == [
        53,
        5353,
        53,
        54,
    ]


def test_doctor_looks_at_a_domain_with_all_of_them() -> None:
    assert {check.id for check in WAYS["domain"]} == {check.id for check in CHECKS} <= {check.id for check in ALL}


async def test_a_part_of_the_way_can_be_asked_for(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "codemie.cli", "net", "tls", "127.0.0.1:1", "--json"]
    options = ["--only", "net.path", "--skip", "dns.*", "--parallel", "1"]
    process = await asyncio.create_subprocess_exec(*command, *options, stdout=subprocess.PIPE, cwd=tmp_path)
    printed, _ = await asyncio.wait_for(process.communicate(), 60)

    assert process.returncode == 2
    assert [each["id"] for each in json.loads(printed)["checks"]] == ["net.path"]


async def _ran(*words: str) -> str:
    told = await asyncio.to_thread(CliRunner().invoke, app, list(words))
    return told.output


async def test_a_name_that_this_machine_knows_by_itself_is_found_as_every_program_finds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hosts").write_text("127.0.0.1 localhost # itself\n::1 localhost\n127.0.0.1\tplatform.acme.test Vm\n")
    monkeypatch.setattr(hosts_file, "FILE", tmp_path / "hosts")
    monkeypatch.setattr(lookup, "_own_resolvers", lambda: ("127.0.0.2",))

    async def served(_: web.Request) -> web.Response:
        return web.Response(text="well")

    async with pages([web.get("/", served)], None) as port:
        itself = await _ran("net", "http", f"http://localhost:{port}")
        named = await _ran("net", "tcp", f"platform.acme.test:{port}")
        lost = await _ran("net", "http", f"http://127.0.0.1:{port}/nonsense")
        by_tls = await _ran("net", "http", f"127.0.0.1:{port}")

    assert "ok       dns.records              localhost is 127.0.0.1, ::1, this machine itself" in itself
    assert "ok       http.page " in itself
    assert "warning  dns.records " in named
    assert "by the hosts file of this machine alone; DNS says no answer" in named
    assert "ok       net.path " in named
    assert "It answers 404: nothing is at /nonsense" in lost
    assert "ingress" not in lost
    assert f"If it is plain HTTP, say so: codemiectl net http http://127.0.0.1:{port}" in by_tls


async def test_a_resolver_that_does_not_answer_is_named_with_its_port() -> None:
    port = free_port()

    told = await _ran("doctor", "--domain", "platform.acme.test", "--resolver", f"127.0.0.1:{port}", "--timeout", "1")

    assert f"asked: 127.0.0.1:{port}" in told
    assert f"Look whether a resolver listens at 127.0.0.1:{port}" in told
    assert "port 53" not in told
