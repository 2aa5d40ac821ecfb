"""An installation on moto, good and with one fault at a time."""

import asyncio
import json

import pytest

from codemie.checks.report import Report, Status
from tests.fakes.aws_account import REGION, AwsAccount
from tests.operations.cloud.balancer_part import address_of, private_zone, set_attributes, uploaded
from tests.operations.cloud.faults import FAULTS
from tests.operations.cloud.group_faults import database_by_a_list
from tests.operations.cloud.injecting import CloudFault
from tests.operations.cloud.node_faults import failing, nightly
from tests.operations.cloud.world import CloudWorld, found
from tests.operations.injection import assert_only
from tests.plugins.diagnosis.certificates import issued

# A service's part of moto is loaded when it is first asked, which takes seconds on a busy machine.
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def well(account: AwsAccount) -> Report:
    return asyncio.run(CloudWorld(account).report())


def test_all_is_well_where_nothing_is_broken(well: Report) -> None:
    assert {check.id: check.finding.detail for check in well.checks if check.status is not Status.PASS} == {}
    assert {fault.check for fault in FAULTS} == {check.id for check in well.checks}


@pytest.mark.parametrize("fault", FAULTS, ids=[f"{fault.check}: {fault.what}" for fault in FAULTS])
async def test_a_fault_turns_its_own_check_red(fault: CloudFault, well: Report, account: AwsAccount) -> None:
    world = CloudWorld(account)
    fault.inject(world)

    broken = await world.report()

    assert_only(fault, well, broken)
    found = next(each.finding for each in broken.checks if each.id == fault.check)
    assert fault.says in json.dumps([found.detail, found.evidence, found.remedy], ensure_ascii=False)


async def test_nothing_is_claimed_without_a_sign_in(account: AwsAccount) -> None:
    import boto3

    world = CloudWorld(account)
    world.session = boto3.Session(region_name=REGION)

    report = await world.report()

    assert {check.status for check in report.checks} == {Status.UNKNOWN}
    assert {check.finding.detail for check in report.checks} == {"There are no credentials of AWS"}


@pytest.mark.parametrize(
    ("code", "says"), [("ExpiredToken", "ExpiredToken"), ("UnauthorizedOperation", "may not ask ec2")]
)
async def test_what_aws_refuses_to_tell_is_unknown_and_no_pass(code: str, says: str, account: AwsAccount) -> None:
    world = CloudWorld(account)
    world.account.errors["DescribeVpcs"] = code

    report = await world.report()

    assert {check.status for check in report.checks if check.finding.broken} == set()
    stack = next(check for check in report.checks if check.id == "cloud.stack")
    assert (stack.status, says in stack.finding.detail) == (Status.UNKNOWN, True), stack.finding


async def test_a_private_zone_with_the_same_aliases_is_no_fault(account: AwsAccount) -> None:
    world = CloudWorld(account)
    private_zone(world, "test", web="other.elb.amazonaws.com")
    private_zone(world, "ai.acme.test", **{role: address_of(world, role) for role in ("web", "nats")})

    check = await found(world, "dns.private_zones")

    assert (check.status, "codemie.ai.acme.test" in check.finding.evidence) == (Status.PASS, True)


async def test_a_certificate_of_iam_is_known_by_its_names(account: AwsAccount) -> None:
    world = CloudWorld(account)
    name = "codemie.ai.acme.test"
    uploaded(world, "web", issued(name, names=(name,)))

    check = await found(world, "tls.listener")

    assert (check.status, check.finding.evidence["codemie-web port 443"]) == (Status.PASS, f"HTTPS, for {name}")


async def test_a_certificate_that_neither_acm_nor_iam_has_is_unknown(account: AwsAccount) -> None:
    world = CloudWorld(account)
    uploaded(world, "web", issued("codemie.ai.acme.test"))
    world.client("iam").delete_server_certificate(ServerCertificateName="codemie-web")

    check = await found(world, "tls.listener")

    assert (check.status, "neither ACM nor IAM" in check.finding.detail) == (Status.UNKNOWN, True)


async def test_a_certificate_of_iam_that_may_not_be_read_is_unknown(account: AwsAccount) -> None:
    world = CloudWorld(account)
    uploaded(world, "web", issued("codemie.ai.acme.test"))
    world.account.errors["GetServerCertificate"] = "AccessDenied"

    check = await found(world, "tls.listener")

    assert (check.status, "may not ask iam" in check.finding.detail) == (Status.UNKNOWN, True)


async def test_of_a_world_that_is_out_of_reach_nothing_is_claimed(account: AwsAccount) -> None:
    world = CloudWorld(account)
    world.public.is_silent = True

    check = await found(world, "dns.balancers")

    assert check.status is Status.PASS
    assert check.finding.evidence["codemie.ai.acme.test, in the world"].startswith("not seen: No public name server")


async def test_a_log_that_is_turned_off_on_purpose_is_no_fault(account: AwsAccount) -> None:
    world = CloudWorld(account)
    world.values["access_logs"] = False
    for role in ("web", "nats"):
        set_attributes(world, role, {"access_logs.s3.enabled": "false"})

    check = await found(world, "lb.accesslog.enabled")

    assert (check.status, "access_logs = false" in check.finding.detail) == (Status.SKIP, True)


async def test_what_only_a_list_of_networks_may_admit_is_unknown(account: AwsAccount) -> None:
    world = CloudWorld(account)
    database_by_a_list(world)

    check = await found(world, "net.sg.required")

    assert (check.status, list(check.finding.evidence)) == (Status.UNKNOWN, ["nodes → database 5432/tcp"])


async def test_a_part_that_is_not_there_is_named(account: AwsAccount) -> None:
    world = CloudWorld(account)
    world.client("rds").delete_db_instance(DBInstanceIdentifier="codemie-database", SkipFinalSnapshot=True)

    check = await found(world, "net.sg.required")

    assert (check.status, check.finding.detail) == (Status.UNKNOWN, "Not there: database")


async def test_a_schedule_is_told_with_the_one_that_brings_nodes_back(account: AwsAccount) -> None:
    world = CloudWorld(account)
    nightly(world)

    nodes = (await found(world, "cloud.nodegroup")).finding

    assert "morning (0 6 * * 1-5) brings nodes back" in nodes.detail
    assert nodes.evidence["schedule morning"] == "0 6 * * 1-5: min 3, desired 3, max 3"
    assert "aws eks update-nodegroup-config --cluster-name codemie --nodegroup-name default" in nodes.remedy[0]


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("There is no Spot capacity available that matches your request.", "spot capacity"),
        ("MaxSpotInstanceCountExceeded: Max spot instance count exceeded", "no more processors"),
        ("There are insufficient free addresses. InsufficientFreeAddressesInSubnet", "no address left"),
        ("Your requested instance type (m7i.xlarge) is not supported in your requested Availability Zone", "not offer"),
        ("Instance became unhealthy. Termination Reason: Client.InternalError: Client error on launch", "encrypts"),
        ("You are not authorized to perform this operation. UnauthorizedOperation", "may not start machines"),
        ("The AMI ID 'ami-1' does not exist. InvalidAMIID.NotFound", "image is not there"),
    ],
)
async def test_what_aws_says_of_a_failed_launch_is_told_in_plain_words(
    said: str, cause: str, account: AwsAccount
) -> None:
    world = CloudWorld(account)
    failing(said)(world)

    nodes = (await found(world, "cloud.nodegroup")).finding

    assert (cause in nodes.detail, nodes.evidence["AWS says"]) == (True, said)
