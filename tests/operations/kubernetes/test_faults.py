"""Each fault of a cluster turns exactly its own check red; without it, all are green."""

import pytest

from codemie.checks.report import Report, Status
from codemie.operations.kubernetes.checks import CHECKS
from tests.operations.injection import assert_only
from tests.operations.kubernetes.faults import FAULTS, ClusterFault
from tests.operations.kubernetes.looking import looked
from tests.operations.kubernetes.world import healthy


@pytest.fixture(scope="module")
async def well() -> Report:
    """The report of the healthy installation."""
    return await looked(healthy())


def test_a_healthy_installation_passes_every_check(well: Report) -> None:
    assert {each.id: (each.status, each.finding.detail) for each in well.checks if each.status is not Status.PASS} == {}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.check}: {fault.what}")
async def test_a_fault_turns_its_own_check_red_and_no_other(fault: ClusterFault, well: Report) -> None:
    fake = healthy()
    fault.inject(fake)

    broken = await looked(fake)

    assert_only(fault, well, broken)
    found = next(each for each in broken.checks if each.id == fault.check).finding
    assert fault.says in found.detail, found.detail
    assert "let-me-pull" not in str(broken.as_document())


def test_every_check_has_a_fault() -> None:
    assert {each.id for each in CHECKS} - {each.check for each in FAULTS} == set()
