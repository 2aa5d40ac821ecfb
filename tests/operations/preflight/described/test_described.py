"""What codemie.yaml names, good and with one fault at a time."""

import asyncio
from pathlib import Path

import pytest

from codemie.checks.report import Report, Status
from codemie.operations.preflight.registry import Image
from tests.operations.injection import assert_only
from tests.operations.preflight.described.faults import FAULTS, DescribedFault
from tests.operations.preflight.described.world import DescribedWorld


@pytest.fixture(scope="module")
def well(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return asyncio.run(DescribedWorld(tmp_path_factory.mktemp("well")).report())


def test_all_is_well_where_nothing_is_broken(well: Report) -> None:
    looked = [check for check in well.checks if check.status is not Status.SKIP]

    assert {check.id: check.finding.detail for check in looked if check.status is not Status.PASS} == {}
    assert {fault.check for fault in FAULTS} == {check.id for check in looked}


@pytest.mark.parametrize("fault", FAULTS, ids=[f"{fault.check}: {fault.what}" for fault in FAULTS])
async def test_a_fault_turns_its_own_check_red(fault: DescribedFault, well: Report, tmp_path: Path) -> None:
    world = DescribedWorld(tmp_path)
    fault.inject(world)

    assert_only(fault, well, await world.report())


async def test_a_registry_that_wants_a_login_which_the_cluster_has_is_unknown(tmp_path: Path) -> None:
    world = DescribedWorld(tmp_path, is_open=False, lines="pull_secrets: [registry-login]\n")

    found = next(check for check in (await world.report()).checks if check.id == "images.found")

    assert found.status is Status.UNKNOWN


async def test_no_registry_is_asked_where_none_may_be(tmp_path: Path) -> None:
    world = DescribedWorld(tmp_path, tags=set())

    found = next(check for check in (await world.report(network=False)).checks if check.id == "images.found")

    assert found.status is Status.SKIP


def test_an_image_is_asked_for_where_its_registry_keeps_it() -> None:
    hub = Image("docker.io", "codemie/codemie", "0.1.0")
    mirror = Image("mirror.acme.test/dock", "codemie/codemie", "sha256:" + "0" * 64)

    assert hub.address == "https://registry-1.docker.io/v2/codemie/codemie/manifests/0.1.0"
    assert mirror.address.startswith("https://mirror.acme.test/v2/dock/codemie/codemie/manifests/sha256:")
    assert mirror.name.startswith("mirror.acme.test/dock/codemie/codemie@sha256:")
