"""An installation in Google Cloud, good and with one fault at a time."""

import asyncio
import json
from collections.abc import Iterator

import pytest

from codemie.checks.report import Report, Status
from tests.fakes.google_cloud import GoogleCloud, serving
from tests.operations.cloud.google.balancer_faults import managed
from tests.operations.cloud.google.faults import FAULTS
from tests.operations.cloud.google.injecting import InstalledFault
from tests.operations.cloud.google.network_faults import denying, failing
from tests.operations.cloud.google.world import (
    FIREWALLS,
    GLOBAL,
    NAME,
    PARENT,
    GoogleInstallation,
    armor,
    found,
    private_zone,
)
from tests.operations.injection import assert_only

_DOES_NOT_APPLY = {"cloud.addons", "net.nacl"}
_NOTHING_TO_SEE = {"tls.acm.validation"}


@pytest.fixture(scope="module")
def cloud() -> Iterator[GoogleCloud]:
    with serving() as made:
        yield made


@pytest.fixture(scope="module")
def well(cloud: GoogleCloud) -> Report:
    return asyncio.run(GoogleInstallation(cloud).report())


def test_all_is_well_where_nothing_is_broken(well: Report) -> None:
    other = {check.id: check.finding.detail for check in well.checks if check.status is not Status.PASS}

    assert set(other) == _DOES_NOT_APPLY | _NOTHING_TO_SEE, other
    assert all("does not apply to gcp" in other[name] for name in _DOES_NOT_APPLY)
    assert {fault.check for fault in FAULTS} == {check.id for check in well.checks} - _DOES_NOT_APPLY


@pytest.mark.parametrize("fault", FAULTS, ids=[f"{fault.check}: {fault.what}" for fault in FAULTS])
async def test_a_fault_turns_its_own_check_red(fault: InstalledFault, well: Report, cloud: GoogleCloud) -> None:
    world = GoogleInstallation(cloud)
    fault.inject(world)

    broken = await world.report()

    assert_only(fault, well, broken)
    told = next(each.finding for each in broken.checks if each.id == fault.check)
    assert fault.says in json.dumps([told.detail, told.evidence, told.remedy], ensure_ascii=False)


async def test_nothing_is_claimed_without_a_sign_in(cloud: GoogleCloud) -> None:
    world = GoogleInstallation(cloud)
    world.environment = cloud.environment()

    report = await world.report()

    assert {check.status for check in report.checks if check.id not in _DOES_NOT_APPLY} == {Status.UNKNOWN}
    assert {check.finding.detail for check in report.checks if check.id not in _DOES_NOT_APPLY} == {
        "There are no credentials of Google Cloud"
    }


@pytest.mark.parametrize(
    ("permission", "check"),
    [
        ("compute.networks.getEffectiveFirewalls", "net.sg.required"),
        ("compute.backendServices.get", "lb.targets"),
        ("compute.securityPolicies.get", "net.sg.ingress"),
        ("compute.instanceGroupManagers.get", "cloud.nodegroup"),
        ("cloudsql.instances.list", "net.sg.required"),
        ("dns.managedZones.list", "dns.private_zones"),
        ("compute.sslCertificates.get", "tls.acm.renewal"),
    ],
)
async def test_what_google_refuses_to_tell_is_unknown_and_names_the_permission(
    permission: str, check: str, cloud: GoogleCloud
) -> None:
    world = GoogleInstallation(cloud)
    cloud.lacking.add(permission)

    told = await found(world, check)

    assert (told.status, told.finding.detail) == (Status.UNKNOWN, f"The sign-in lacks {permission}")


async def test_policies_of_the_organisation_are_not_reckoned_with(cloud: GoogleCloud) -> None:
    world = GoogleInstallation(cloud)
    rule = {"action": "deny", "priority": 1, "direction": "INGRESS"}
    world.change(FIREWALLS, firewallPolicys=[{"name": "1", "shortName": "baseline", "rules": [rule]}])

    told = await found(world, "net.sg.required")

    assert (told.status, "baseline" in told.finding.detail) == (Status.UNKNOWN, True)


@pytest.mark.parametrize(
    ("kind", "order", "when"),
    [
        ("HIERARCHY", "AFTER_CLASSIC_FIREWALL", "before"),
        ("NETWORK", "AFTER_CLASSIC_FIREWALL", "after"),
        ("NETWORK", "BEFORE_CLASSIC_FIREWALL", "before"),
    ],
)
async def test_a_policy_of_the_network_comes_where_the_network_says(
    kind: str, order: str, when: str, cloud: GoogleCloud
) -> None:
    world = GoogleInstallation(cloud)
    rule = {"action": "deny", "priority": 1, "direction": "INGRESS"}
    world.change(FIREWALLS, firewallPolicys=[{"name": "1", "shortName": "own", "type": kind, "rules": [rule]}])
    world.change(f"{GLOBAL}/networks/{NAME}", networkFirewallPolicyEnforcementOrder=order)

    told = await found(world, "net.sg.required")

    assert (told.status, f"own ({when} them)" in told.finding.detail) == (Status.UNKNOWN, True), told


async def test_a_list_where_google_answers_a_thing_is_not_google(cloud: GoogleCloud) -> None:
    world = GoogleInstallation(cloud)
    cloud.things[FIREWALLS] = ["a", "list"]  # type: ignore[assignment]

    told = await found(world, "net.sg.required")

    assert (told.status, "is not Google" in told.finding.detail) == (Status.UNKNOWN, True), told


async def test_an_expression_of_cloud_armor_is_not_reckoned(cloud: GoogleCloud) -> None:
    world = GoogleInstallation(cloud)
    expression = {"priority": 1, "action": "allow", "match": {"expr": {"expression": "origin.region_code == 'DE'"}}}
    world.change(f"{GLOBAL}/securityPolicies/{NAME}-web", rules=[expression, armor(2147483647, "deny(403)", ["*"])])

    assert (await found(world, "net.sg.ingress")).status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("expression", "status"),
    [
        ("origin.region_code == 'DE'", Status.UNKNOWN),
        ("evaluatePreconfiguredWaf('sqli-v33-stable')", Status.PASS),
    ],
)
async def test_a_denial_by_where_somebody_is_leaves_it_open(
    expression: str, status: Status, cloud: GoogleCloud
) -> None:
    world = GoogleInstallation(cloud)
    policy = f"{GLOBAL}/securityPolicies/{NAME}-web"
    denial = {"priority": 1, "action": "deny(403)", "match": {"expr": {"expression": expression}}}
    world.change(policy, rules=[denial, *world.cloud.things[policy]["rules"]])

    told = await found(world, "net.sg.ingress")

    assert (told.status, expression in told.finding.detail) == (status, status is Status.UNKNOWN)


@pytest.mark.parametrize("priority", [1001, 65534])
async def test_a_denial_behind_the_rule_of_gke_denies_nothing(priority: int, cloud: GoogleCloud) -> None:
    world = GoogleInstallation(cloud)
    denying(priority)(world)

    assert (await found(world, "net.sg.required")).status is Status.PASS


async def test_a_denial_for_other_machines_denies_nothing(cloud: GoogleCloud) -> None:
    world = GoogleInstallation(cloud)
    denying(900, tag="bastion")(world)

    assert (await found(world, "net.sg.required")).status is Status.PASS


async def test_a_network_of_from_is_held_against_both_ways_in(cloud: GoogleCloud) -> None:
    world = GoogleInstallation(cloud, visitors=["192.0.2.0/24"])

    report = {each.id: each for each in (await world.report()).checks}

    for check in ("net.sg.ingress", "nats.lb.sg"):
        assert (report[check].status, "192.0.2.0/24, of --from" in report[check].finding.detail) == (Status.FAIL, True)


async def test_a_private_zone_of_another_network_hides_nothing(cloud: GoogleCloud) -> None:
    world = GoogleInstallation(cloud)
    private_zone(world, "https://www.googleapis.com/compute/v1/projects/other/global/networks/codemie")

    assert (await found(world, "dns.private_zones")).status is Status.PASS


async def test_a_private_zone_that_others_answer_for_is_not_judged(cloud: GoogleCloud) -> None:
    world = GoogleInstallation(cloud)
    private_zone(world)
    world.change(f"dns/{PARENT}/managedZones/inside", forwardingConfig={"targetNameServers": []})

    told = await found(world, "dns.private_zones")

    assert (told.status, "lets others answer" in told.finding.detail) == (Status.UNKNOWN, True)


@pytest.mark.parametrize(
    ("code", "words", "cause"),
    [
        ("IP_SPACE_EXHAUSTED", "IP space of the subnetwork is exhausted.", "no address left"),
        ("PERMISSIONS_ERROR", "Required permission is missing", "missing right"),
        ("KMS_ERROR", "Cloud KMS error when using key", "encrypts the disks"),
        ("OTHER", "Something else", "could not be started"),
    ],
)
async def test_what_google_says_of_machines_that_do_not_start_is_told_in_plain_words(
    code: str, words: str, cause: str, cloud: GoogleCloud
) -> None:
    world = GoogleInstallation(cloud)
    failing(code, words)(world)

    nodes = (await found(world, "cloud.nodegroup")).finding

    assert (cause in nodes.detail, nodes.evidence["Google says"]) == (True, f"{code}: {words}")


async def test_a_certificate_that_google_manages_is_renewed_by_google(cloud: GoogleCloud) -> None:
    world = GoogleInstallation(cloud)
    managed("ACTIVE")(world)

    report = {each.id: each for each in (await world.report()).checks}

    assert report["tls.acm.validation"].status is Status.PASS
    assert report["tls.acm.renewal"].finding.detail == "Google renews it"


async def test_a_certificate_that_google_does_not_issue_is_told(cloud: GoogleCloud) -> None:
    world = GoogleInstallation(cloud)
    managed("PROVISIONING_FAILED")(world)

    told = await found(world, "tls.acm.status")

    assert (told.status, "PROVISIONING_FAILED" in told.finding.detail) == (Status.FAIL, True)
