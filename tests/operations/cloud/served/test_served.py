"""What is served against what the load balancer has."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from codemie.checks.report import Report, Status
from codemie.operations.catalogue import CLOUD_AND_DOMAIN
from tests.fakes.aws_account import AwsAccount, serving
from tests.operations.cloud.balancer_part import uploaded
from tests.operations.cloud.served.faults import FAULTS, ServedFault
from tests.operations.cloud.served.world import BothEnds
from tests.operations.cloud.world import CloudWorld
from tests.operations.injection import assert_only
from tests.operations.network.world import healthy

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def account() -> Iterator[AwsAccount]:
    with serving() as made:
        yield made


@pytest.fixture(scope="module")
def well(account: AwsAccount, tmp_path_factory: pytest.TempPathFactory) -> Report:
    return asyncio.run(BothEnds(CloudWorld(account), healthy(tmp_path_factory.mktemp("well"))).report())


def test_all_is_well_where_nothing_is_broken(well: Report) -> None:
    assert {check.id: check.finding.detail for check in well.checks if check.status is not Status.PASS} == {}


@pytest.mark.parametrize("fault", FAULTS, ids=[f"{fault.check}: {fault.what}" for fault in FAULTS])
async def test_a_fault_turns_its_own_check_red(
    fault: ServedFault, well: Report, account: AwsAccount, tmp_path: Path
) -> None:
    world = BothEnds(CloudWorld(account), healthy(tmp_path))
    fault.inject(world)

    broken = await world.report()

    assert_only(fault, well, broken)
    assert fault.says in next(each.finding.detail for each in broken.checks if each.id == fault.check)


async def test_a_name_of_another_stack_is_left_out(account: AwsAccount, tmp_path: Path) -> None:
    world = BothEnds(CloudWorld(account), healthy(tmp_path))
    world.cloud.values["domain"] = "other.example.org"

    found = next(each for each in (await world.report()).checks if each.id == "tls.served")

    assert (found.status, found.finding.detail) == (Status.SKIP, "codemie.ai.example.org is no name of this stack")


def test_every_check_of_both_ends_has_a_fault() -> None:
    both = {each.id for each in CLOUD_AND_DOMAIN if {"Made", "Site"} <= {kind.__name__ for kind in each.sources}}

    assert both == {fault.check for fault in FAULTS}


async def test_a_certificate_that_iam_keeps_is_compared_as_well(account: AwsAccount, tmp_path: Path) -> None:
    ends = BothEnds(CloudWorld(account), healthy(tmp_path))
    uploaded(ends.cloud, "web", ends.site.certificate)

    told = next(check for check in (await ends.report()).checks if check.id == "tls.served")

    assert told.status is Status.PASS, told.finding
    assert any(":server-certificate/codemie/codemie-web" in arn for arn in told.finding.evidence)
