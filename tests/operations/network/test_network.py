"""A domain on loopback, healthy and with one fault at a time."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from codemie.checks.report import Report, Status
from codemie.cli.net import WAYS, Asked, lookup_at
from codemie.kernel.errors import InvalidInput
from codemie.operations.catalogue import CHECKS as ALL
from tests.fakes.dns_server import FakeDns, serving
from tests.operations.injection import assert_only
from tests.operations.network.faults import FAULTS, NetworkFault
from tests.operations.network.world import CHECKS, HOST, healthy


@pytest.fixture(scope="module")
def well(tmp_path_factory: pytest.TempPathFactory) -> Report:
    world = healthy(tmp_path_factory.mktemp("well"))
    return asyncio.run(world.report())


def test_all_is_well_where_nothing_is_broken(well: Report) -> None:
    assert {check.id: check.finding.detail for check in well.checks if check.status is not Status.PASS} == {}


@pytest.mark.parametrize("fault", FAULTS, ids=[f"{fault.check}: {fault.what}" for fault in FAULTS])
async def test_a_fault_turns_its_own_check_red(fault: NetworkFault, well: Report, tmp_path: Path) -> None:
    world = healthy(tmp_path)
    fault.inject(world)

    assert_only(fault, well, await world.report())


def test_every_check_has_a_fault() -> None:
    assert {check.id for check in CHECKS} == {fault.check for fault in FAULTS}


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
