"""An installation on Azure, good and with one fault at a time."""

import asyncio
import json

import pytest

from codemie.checks.report import Report, Status
from tests.fakes.azure_cloud import HERE
from tests.operations.cloud.azure.faults import FAULTS, InstalledFault, deny, failing, ruled
from tests.operations.cloud.azure.world import ADDRESSES, AKS_GROUP, NODES_GROUP, VNET, InstalledWorld, found, rule
from tests.operations.injection import assert_only

ABSENT = {
    "net.nacl",
    "lb.accesslog.enabled",
    "tls.acm.validation",
    "tls.acm.status",
    "tls.acm.renewal",
    "tls.listener",
}


@pytest.fixture(scope="module")
def well() -> Report:
    return asyncio.run(InstalledWorld().report())


def test_all_is_well_where_nothing_is_broken(well: Report) -> None:
    skipped = {check.id: check.finding.detail for check in well.checks if check.status is Status.SKIP}
    looked = {check.id: check for check in well.checks if check.id not in skipped}

    assert {check.id: check.finding.detail for check in looked.values() if check.status is not Status.PASS} == {}
    assert {fault.check for fault in FAULTS} == set(looked)
    assert set(skipped) == ABSENT
    assert all(detail.startswith("does not apply to azure: ") for detail in skipped.values())


@pytest.mark.parametrize("fault", FAULTS, ids=[f"{fault.check}: {fault.what}" for fault in FAULTS])
async def test_a_fault_turns_its_own_check_red(fault: InstalledFault, well: Report) -> None:
    world = InstalledWorld()
    fault.inject(world)

    broken = await world.report()

    assert_only(fault, well, broken)
    finding = next(each.finding for each in broken.checks if each.id == fault.check)
    assert fault.says in json.dumps([finding.detail, finding.evidence, finding.remedy], ensure_ascii=False)


async def test_nothing_is_claimed_without_a_sign_in() -> None:
    world = InstalledWorld(environment={"ARM_CLIENT_SECRET": "", "PATH": "/nowhere"})

    report = await world.report()

    assert {check.status for check in report.checks} == {Status.UNKNOWN, Status.SKIP}
    assert {check.id for check in report.checks if check.status is Status.SKIP} == ABSENT


async def test_what_azure_refuses_to_tell_is_unknown_and_names_the_right() -> None:
    world = InstalledWorld()
    world.azure.denied["Microsoft.Network/networkSecurityGroups/read"] = NODES_GROUP

    report = await world.report()

    told = {check.id: check for check in report.checks if check.status is Status.UNKNOWN}
    assert set(told) == {"net.sg.required", "net.sg.ingress", "nats.lb.sg"}
    assert all("Microsoft.Network/networkSecurityGroups/read" in each.finding.detail for each in told.values())


@pytest.mark.parametrize(
    ("code", "message", "cause"),
    [
        ("ZonalAllocationFailed", "Allocation failed. We do not have sufficient capacity", "zone has no machines"),
        ("AllocationFailed", "We do not have sufficient capacity for the requested VM size", "region has no machines"),
        ("SkuNotAvailable", "The requested VM size is currently not available in location", "not offered"),
        ("SubnetIsFull", "Subnet nodes-2 with address prefix 10.0.16.0/20 does not have enough capacity", "no address"),
        ("VMExtensionProvisioningError", "vmssCSE exit status=50", "do not reach the internet"),
        ("Other", "Something", "could not do it"),
    ],
)
async def test_what_azure_says_of_a_failed_pool_is_told_in_plain_words(code: str, message: str, cause: str) -> None:
    world = InstalledWorld()
    failing(code, message)(world)

    pool = (await found(world, "cloud.nodegroup")).finding

    assert (cause in pool.detail, message in pool.evidence["Azure says of zone2"]) == (True, True)


async def test_what_only_a_tag_of_azure_may_admit_is_unknown() -> None:
    world = InstalledWorld()
    people = "198.51.100.0/24"
    admits = world.of(NODES_GROUP)["securityRules"][0]["properties"]
    admits["sourceAddressPrefixes"].remove(people)
    ruled(NODES_GROUP, rule("by-tag", 90, source=["AzureCloud.westeurope"], ports=["443", "80"]))(world)

    check = await found(world, "net.sg.ingress")

    assert (check.status, people in check.finding.detail) == (Status.UNKNOWN, True)


async def test_who_shuts_out_one_network_does_not_shut_out_the_internet() -> None:
    world = InstalledWorld()
    ruled(NODES_GROUP, deny(side="Outbound", to="203.0.113.0/24"), deny(210, side="Outbound", to="Sql"))(world)

    assert (await found(world, "net.sg.required")).status is Status.PASS


async def test_an_internet_that_the_stack_admits_is_no_warning() -> None:
    world = InstalledWorld()
    world.values["allowed_cidrs"] = ["0.0.0.0/0"]
    ruled(NODES_GROUP, rule("everybody", 90, ports=["80", "443"]))(world)

    assert (await found(world, "net.sg.ingress")).status is Status.PASS


async def test_a_route_that_leads_somewhere_unseen_is_unknown() -> None:
    world = InstalledWorld()
    table = f"{HERE}/resourceGroups/hub/providers/Microsoft.Network/routeTables/hub"
    route = {"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.9.0.4"}
    world.azure.put(table, properties={"routes": [{"name": "out", "properties": route}]})
    world.of(VNET)["subnets"][0]["properties"]["routeTable"] = {"id": table}

    check = await found(world, "net.routes")

    assert (check.status, "VirtualAppliance 10.9.0.4" in check.finding.detail) == (Status.UNKNOWN, True)


async def test_a_subnet_that_is_not_there_is_named_and_not_passed_over() -> None:
    world = InstalledWorld()
    world.of(VNET)["subnets"] = [each for each in world.of(VNET)["subnets"] if each["name"] != "nodes-2"]

    told = {each.id: each for each in (await world.report()).checks}

    assert (told["cloud.subnets"].status, told["net.sg.required"].status) == (Status.FAIL, Status.UNKNOWN)
    assert "nodes-2" in told["net.sg.required"].finding.detail


async def test_health_that_azure_has_not_measured_is_no_success() -> None:
    world = InstalledWorld()
    del world.azure.metrics[ADDRESSES["web"]]

    assert (await found(world, "lb.targets")).status is Status.UNKNOWN


async def test_without_a_setting_the_addresses_are_told_for_others_to_admit() -> None:
    check = await found(InstalledWorld(told=()), "cloud.egress")

    assert check.status is Status.PASS
    assert all(ADDRESSES[f"nat-{zone}"] in check.finding.detail for zone in "123")


async def test_groups_of_machines_count_as_those_of_subnets_do() -> None:
    world = InstalledWorld()
    world.of(AKS_GROUP)["securityRules"].clear()

    assert (await found(world, "net.sg.ingress")).status is Status.FAIL


@pytest.mark.parametrize("state", ["Warned", "PastDue"])
async def test_a_bill_that_is_due_stops_nothing_yet(state: str) -> None:
    world = InstalledWorld()
    world.azure.things[HERE]["state"] = state

    check = await found(world, "cloud.account")

    assert (check.status, state in check.finding.detail) == (Status.WARN, True)
