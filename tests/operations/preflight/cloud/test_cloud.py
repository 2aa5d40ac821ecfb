"""An account on moto, good and with one fault at a time."""

import asyncio
from collections.abc import Iterator

import pytest

from codemie.checks.report import Checked, Report, Status
from tests.fakes.aws_account import AwsAccount, serving
from tests.operations.injection import assert_only
from tests.operations.preflight.cloud.faults import FAULTS, CloudFault, _locked, _locked_in_table
from tests.operations.preflight.cloud.world import CloudWorld

# A service's part of moto is loaded when it is first asked, which takes seconds on a busy machine.
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def account() -> Iterator[AwsAccount]:
    with serving() as made:
        yield made


@pytest.fixture(scope="module")
def well(account: AwsAccount) -> Report:
    return asyncio.run(CloudWorld(account).report())


def test_all_is_well_where_nothing_is_broken(well: Report) -> None:
    looked = [check for check in well.checks if check.status is not Status.SKIP]

    assert {check.id: check.finding.detail for check in looked if check.status is not Status.PASS} == {}
    assert {fault.check for fault in FAULTS} == {check.id for check in looked}


@pytest.mark.parametrize("fault", FAULTS, ids=[f"{fault.check}: {fault.what}" for fault in FAULTS])
async def test_a_fault_turns_its_own_check_red(fault: CloudFault, well: Report, account: AwsAccount) -> None:
    world = CloudWorld(account)
    fault.inject(world)

    assert_only(fault, well, await world.report())


async def found(world: CloudWorld, check: str) -> Checked:
    return next(each for each in (await world.report()).checks if each.id == check)


async def test_a_lock_is_told_with_its_holder_and_how_to_take_it_away(account: AwsAccount) -> None:
    world = CloudWorld(account)
    _locked(50)(world)

    lock = (await found(world, "tf.state.lock")).finding

    assert lock.evidence["held by"] == "ci@runner-7"
    assert lock.remedy[-1].endswith("terraform force-unlock 8f4b1c2e")


async def test_a_lock_that_is_in_the_table_alone_is_taken_away_there(account: AwsAccount) -> None:
    world = CloudWorld(account)
    _locked_in_table(world)

    lock = (await found(world, "tf.state.lock")).finding

    assert "aws dynamodb delete-item --table-name locks" in lock.remedy[-1]
