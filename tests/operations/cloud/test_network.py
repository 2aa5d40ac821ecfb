"""What is no fault of the network, and what cannot be told."""

from collections.abc import Callable

import pytest

from codemie.checks.report import Status
from tests.fakes.aws_account import AwsAccount
from tests.operations.cloud.network_faults import ALL_IN, ALL_OUT, EVERYWHERE, acl, by_a_list, peering
from tests.operations.cloud.world import ZONES, CloudWorld, admit, found

pytestmark = pytest.mark.timeout(300)

_ZONE = next(iter(ZONES))


async def test_who_shuts_out_one_network_does_not_shut_out_the_internet(account: AwsAccount) -> None:
    world = CloudWorld(account)
    shut_out = [(number, side, "deny", "203.0.113.0/24", -1, -1) for number, side in ((5, "in"), (6, "out"))]
    acl(f"private-{_ZONE}", *shut_out, ALL_IN, ALL_OUT)(world)

    check = await found(world, "net.nacl")

    assert check.status is Status.PASS
    assert list(check.finding.evidence) == ["besides the default"]


async def test_an_internet_that_the_stack_admits_is_no_warning(account: AwsAccount) -> None:
    world = CloudWorld(account)
    world.values["allowed_cidrs"] = [EVERYWHERE]
    for port in (80, 443):
        admit(world, "web", port, cidr=EVERYWHERE)

    check = await found(world, "net.sg.ingress")

    assert (check.status, "as allowed_cidrs says" in check.finding.detail) == (Status.PASS, True)
    assert EVERYWHERE in check.finding.evidence["443"]


async def test_a_network_within_an_admitted_one_is_admitted(account: AwsAccount) -> None:
    world = CloudWorld(account)
    world.visitors = ["198.51.100.7/32"]

    assert (await found(world, "net.sg.ingress")).status is Status.PASS


@pytest.mark.parametrize(("check", "inject"), [("net.routes", peering), ("net.sg.ingress", by_a_list)])
async def test_what_is_behind_something_unseen_is_unknown(
    check: str, inject: Callable[[CloudWorld], None], account: AwsAccount
) -> None:
    world = CloudWorld(account)
    inject(world)

    assert (await found(world, check)).status is Status.UNKNOWN


async def test_without_a_setting_the_addresses_are_told_for_others_to_admit(account: AwsAccount) -> None:
    world = CloudWorld(account)
    world.told = ()

    check = await found(world, "cloud.egress")

    assert check.status is Status.PASS
    assert all(world.ids[f"address/{zone}"] in check.finding.detail for zone in ZONES)
