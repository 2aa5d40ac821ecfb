"""What is about to be made, good and with one fault at a time."""

import asyncio
from pathlib import Path

import pytest

from codemie.checks.report import Report, Status
from codemie.operations.preflight.checks import CHECKS
from tests.operations.injection import assert_only
from tests.operations.preflight.azure.faults import FAULTS as AZURE
from tests.operations.preflight.cloud.faults import FAULTS as CLOUD_FAULTS
from tests.operations.preflight.described.faults import FAULTS as DESCRIBED
from tests.operations.preflight.faults import FAULTS, PreflightFault
from tests.operations.preflight.google.faults import FAULTS as GOOGLE
from tests.operations.preflight.target.faults import FAULTS as TARGET
from tests.operations.preflight.upstream.faults import FAULTS as UPSTREAM
from tests.operations.preflight.world import World


@pytest.fixture(scope="module")
def well(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return asyncio.run(World(tmp_path_factory.mktemp("well")).report())


def test_all_is_well_where_nothing_is_broken(well: Report) -> None:
    looked = [check for check in well.checks if check.status is not Status.SKIP]

    assert {check.id: check.finding.detail for check in looked if check.status is not Status.PASS} == {}


@pytest.mark.parametrize("fault", FAULTS, ids=[f"{fault.check}: {fault.what}" for fault in FAULTS])
async def test_a_fault_turns_its_own_check_red(fault: PreflightFault, well: Report, tmp_path: Path) -> None:
    world = World(tmp_path)
    fault.inject(world)

    assert_only(fault, well, await world.report())


def test_every_check_has_a_fault() -> None:
    every = (*FAULTS, *CLOUD_FAULTS, *AZURE, *DESCRIBED, *GOOGLE, *TARGET, *UPSTREAM)

    assert {check.id for check in CHECKS} == {fault.check for fault in every}
