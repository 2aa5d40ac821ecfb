"""A subscription of Azure, good and with one fault at a time."""

import asyncio
import json

import pytest

from codemie.checks.report import Report, Status
from codemie.checks.sources import Unobservable
from codemie.operations.cloud.azure.arm import Arm
from codemie.operations.preflight.azure.checks import ACCOUNT, STATES
from codemie.operations.preflight.azure.rights import Lack, Role, lack
from codemie.operations.preflight.azure.states import states_of
from codemie.operations.preflight.backend import Backend
from tests.fakes.azure_cloud import HERE, serving
from tests.operations.injection import assert_only
from tests.operations.preflight.azure.faults import (
    _GROUP,
    FAULTS,
    AzureFault,
    _group_left,
    _leased,
    _limited,
    _without_feature,
)
from tests.operations.preflight.azure.world import BACKEND, AzureWorld, found
from tests.operations.preflight.cloud.world import state


@pytest.fixture(scope="module")
def well() -> Report:
    return asyncio.run(AzureWorld().report())


def test_all_is_well_where_nothing_is_broken(well: Report) -> None:
    looked = {check.id: check for check in well.checks if check.status is not Status.SKIP}

    assert {check.id: check.finding.detail for check in looked.values() if check.status is not Status.PASS} == {}
    own = {check.id for check in (*ACCOUNT, *STATES)} - {"tf.backend.table"}
    assert own == set(looked) - {"tf.backend.present", "tf.backend.encrypted", "tf.backend.locked"}
    assert own == {fault.check for fault in FAULTS}


def test_what_azure_has_not_is_said_and_not_left_open(well: Report) -> None:
    said = {check.id: check.finding.detail for check in well.checks}

    assert said["tf.quota.clusters"] == "does not apply to azure"
    assert said["tf.backend.table"].startswith("does not apply to azure")


@pytest.mark.parametrize("fault", FAULTS, ids=[f"{fault.check}: {fault.what}" for fault in FAULTS])
async def test_a_fault_turns_its_own_check_red(fault: AzureFault, well: Report) -> None:
    world = AzureWorld()
    fault.inject(world)

    broken = await world.report()

    assert_only(fault, well, broken)
    finding = next(each.finding for each in broken.checks if each.id == fault.check)
    assert fault.says in json.dumps([finding.detail, finding.evidence, finding.remedy], ensure_ascii=False)


async def test_nothing_secret_is_told() -> None:
    world = AzureWorld()
    world.azure.refusal = ("7000215", "Invalid client secret provided.")

    told = json.dumps([(await AzureWorld().report()).as_document(), (await world.report()).as_document()])

    assert "planted" not in told
    assert AzureWorld().azure.token not in told


async def test_what_azure_does_not_let_see_is_unknown_and_names_the_right() -> None:
    world = AzureWorld()
    world.azure.denied["Microsoft.Resources/subscriptions/providers/read"] = f"{HERE}/providers"

    check = await found(world, "tf.account.services")

    assert check.status is Status.UNKNOWN
    assert "Microsoft.Resources/subscriptions/providers/read" in check.finding.detail


async def test_lists_are_read_to_their_last_page_and_a_busy_azure_is_asked_again() -> None:
    world = AzureWorld()
    world.azure.page, world.azure.busy = 3, 2

    report = await world.report()

    assert {check.id for check in report.checks if check.status not in {Status.PASS, Status.SKIP}} == set()
    assert world.azure.asked.count(f"GET {HERE}/providers") == 4


async def test_which_subscription_is_meant_is_not_guessed() -> None:
    world = AzureWorld()
    del world.values["subscription_id"]

    assert (await found(world, "tf.creds.account")).status is Status.UNKNOWN
    assert (await found(world, "tf.account.state")).status is Status.UNKNOWN


async def test_a_next_page_elsewhere_gets_no_token() -> None:
    world = AzureWorld()
    world.azure.things[f"{HERE}/locations"] = {"value": [], "nextLink": "http://127.0.0.1:9/elsewhere"}

    check = await found(world, "tf.account.region")

    assert (check.status, "not its own" in check.finding.detail) == (Status.UNKNOWN, True)


async def test_a_next_page_of_the_manager_in_other_letters_is_read() -> None:
    azure = AzureWorld().azure
    azure.page = 1
    async with serving(azure):
        arm = Arm({**azure.environment, "ARM_ENDPOINT": azure.url.upper()})

        listed = await arm.every(f"{HERE}/locations", "2022-12-01")

    assert len(listed) == 3


async def test_limits_are_told_with_what_is_needed_and_left() -> None:
    limit = (await found(AzureWorld(), "tf.quota.vcpus")).finding

    assert limit.evidence == {
        "limit of": "standardDSv5Family",
        "needed": "24",
        "used": "8",
        "limit": "100",
        "left": "92",
    }


async def test_a_stack_that_is_there_needs_nothing_new() -> None:
    world = AzureWorld()
    _limited("Microsoft.Network", "VirtualNetworks", 3)(world)
    _group_left(world)
    world.azure.put(f"{_GROUP}/providers/Microsoft.ContainerService/managedClusters/codemie")

    report = {each.id: each for each in (await world.report()).checks}

    assert {report[each].status for each in ("tf.quota.vpcs", "tf.names.unused")} == {Status.PASS}


async def test_limits_that_azure_does_not_tell_are_unknown() -> None:
    world = AzureWorld()
    world.azure.denied["Microsoft.Network/locations/usages/read"] = f"{HERE}/providers/Microsoft.Network/locations"

    check = await found(world, "tf.quota.vpcs")

    assert (check.status, "Microsoft.Network/locations/usages/read" in check.finding.detail) == (Status.UNKNOWN, True)


@pytest.mark.parametrize(
    ("actions", "excepted", "is_allowed"),
    [
        ("*", "", True),
        ("Microsoft.Network/*", "", True),
        ("microsoft.network/VIRTUALNETWORKS/write", "", True),
        ("*/write", "Microsoft.Network/*", False),
        ("*/read", "", False),
        ("Microsoft.Network/virtualNetworks/*/write", "", False),
        ("Microsoft.Networks/*", "", False),
    ],
)
def test_wildcards_are_reckoned_as_azure_does(actions: str, excepted: str, *, is_allowed: bool) -> None:
    role = Role("-", (actions,), (excepted,) if excepted else ())

    assert role.allows("Microsoft.Network/virtualNetworks/write") is is_allowed


def test_what_one_role_takes_out_another_may_give() -> None:
    contributor = Role("Contributor", ("*",), ("Microsoft.Authorization/*/Write",))
    assigner = Role("Assigner", ("Microsoft.Authorization/roleAssignments/write",), is_conditional=True)
    needed = ("Microsoft.Network/virtualNetworks/write", "Microsoft.Authorization/roleAssignments/write")

    assert lack((contributor,), needed).missing == needed[1:]
    assert lack((contributor, assigner), needed) == Lack((), needed[1:])
    assert lack((contributor, assigner, Role("Owner", ("*",))), needed) == Lack((), ())


async def test_a_lease_is_told_with_its_holder_and_how_to_take_it_away() -> None:
    world = AzureWorld()
    _leased(50)(world)

    lock = (await found(world, "tf.state.lock")).finding

    assert lock.evidence["held by"] == "ci@runner-7"
    assert lock.remedy[-1].endswith("terraform force-unlock 8f4b1c2e")


async def test_a_lease_that_tells_nothing_is_broken_by_hand() -> None:
    world = AzureWorld()
    world.azure.container.lease["platform.tfstate"] = {}

    lock = await found(world, "tf.state.lock")

    assert (lock.status, "az storage blob lease break" in lock.finding.remedy[-1]) == (Status.WARN, True)


async def test_the_blob_that_only_holds_a_lock_is_no_broken_state() -> None:
    world = AzureWorld()
    world.azure.container.versions.clear()
    # Made for the lock, locked, and unlocked: metadata make versions, too.
    for _ in range(3):
        world.azure.container.put("platform.tfstate", b"")

    assert (await found(world, "tf.state.integrity")).status is Status.PASS


async def test_an_older_state_is_seen_behind_the_versions_that_a_lock_made() -> None:
    world = AzureWorld()
    for _ in range(3):
        world.azure.container.put("platform.tfstate", state(3))

    integrity = await found(world, "tf.state.integrity")

    assert (integrity.status, integrity.finding.detail) == (Status.FAIL, "The state does not follow the one before")


async def test_in_which_subscription_states_are_is_not_guessed() -> None:
    backend = Backend("azurerm", "backend.tf:2", BACKEND)

    with pytest.raises(Unobservable, match="is not said"):
        await states_of(backend, {}, {}, may_write=False).described()


async def test_a_limit_is_known_by_its_newer_name_as_well() -> None:
    world = AzureWorld()
    listed = world.azure.lists[f"{HERE}/providers/microsoft.network/locations/westeurope/usages"]
    newer = {"name": {"value": "IPv4StandardSkuPublicIpAddresses"}, "currentValue": 9, "limit": 10}
    listed.append({**newer, "unit": "Count"})

    limit = (await found(world, "tf.quota.addresses")).finding

    assert (limit.status, limit.evidence["needed"], limit.evidence["left"]) == (Status.FAIL, "5", "1")


async def test_a_new_subscription_lacks_only_the_feature_that_nobody_else_switches_on() -> None:
    world = AzureWorld()
    for each in world.azure.lists[f"{HERE}/providers"]:
        each["registrationState"] = "NotRegistered"

    fresh = await found(world, "tf.account.services")
    _without_feature(world)
    unencrypted = await found(world, "tf.account.services")

    assert (fresh.status, unencrypted.status) == (Status.WARN, Status.FAIL)
    assert "EncryptionAtHost is NotRegistered" in unencrypted.finding.detail


async def test_a_state_that_is_too_big_to_be_held_is_not_judged() -> None:
    world = AzureWorld()
    world.azure.container.put(BACKEND["key"], bytes(64 * 2**20 + 1))

    integrity = await found(world, "tf.state.integrity")

    assert (integrity.status, "more than 64 MiB" in integrity.finding.detail) == (Status.UNKNOWN, True)


async def test_an_answer_that_was_packed_on_its_way_is_read() -> None:
    world = AzureWorld()
    world.azure.packs = True

    report = await world.report()

    assert {check.id for check in report.checks if check.status not in {Status.PASS, Status.SKIP}} == set()
