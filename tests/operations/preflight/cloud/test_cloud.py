"""An account on moto, good and with one fault at a time."""

import asyncio
import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from codemie.checks.report import Checked, Report, Status
from codemie.operations.cloud.aws import Aws
from codemie.operations.preflight.account import Account
from codemie.operations.preflight.account_checks import expiry
from tests.fakes.aws_account import REGION, AwsAccount, serving, signed_out
from tests.operations.injection import assert_only
from tests.operations.preflight.cloud.faults import FAULTS, CloudFault, _ending, _limited, _locked, _locked_in_table
from tests.operations.preflight.cloud.world import BUCKET, KEY, CloudWorld

# A service's part of moto is loaded when it is first asked, which takes seconds on a busy machine.
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(autouse=True, scope="module")
def nobody_is_signed_in() -> Iterator[None]:
    with signed_out():
        yield


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


async def test_nothing_is_left_of_what_was_written(account: AwsAccount) -> None:
    world = CloudWorld(account)

    written = await found(world, "tf.backend.writable")

    assert written.status is Status.PASS
    told = world.s3.list_object_versions(Bucket=BUCKET)
    assert {each["Key"] for each in (*told["Versions"], *told.get("DeleteMarkers", ()))} == {KEY}


async def test_nothing_is_written_unasked(account: AwsAccount) -> None:
    world = CloudWorld(account, may_write=False)
    world.account.read_only.add(BUCKET)

    assert (await found(world, "tf.backend.writable")).status is Status.SKIP


@pytest.mark.parametrize(("kind", "status"), [("gcs", Status.PASS), ("http", Status.UNKNOWN)])
async def test_what_a_backend_does_is_known_of_clouds_only(kind: str, status: Status, account: AwsAccount) -> None:
    assert (await found(CloudWorld(account, kind=kind), "tf.backend.encrypted")).status is status


async def test_a_limit_is_told_with_the_request_that_raises_it(account: AwsAccount) -> None:
    world = CloudWorld(account)
    _limited("L-0263D0A3", 2)(world)

    limit = (await found(world, "tf.quota.addresses")).finding

    assert limit.evidence | {"needed": "3", "used": "0", "limit": "2"} == limit.evidence
    assert "--quota-code L-0263D0A3 --desired-value 4 --region eu-central-1" in limit.remedy[0]


async def test_a_stack_that_is_there_needs_nothing_new(account: AwsAccount) -> None:
    world = CloudWorld(account)
    _limited("L-1194D53C", 1)(world)
    role = "arn:aws:iam::123456789012:role/cluster"
    world.account.client("eks").create_cluster(name="codemie", roleArn=role, resourcesVpcConfig={})

    assert (await found(world, "tf.quota.clusters")).status is Status.PASS


async def test_limits_that_aws_does_not_tell_are_unknown(account: AwsAccount) -> None:
    world = CloudWorld(account)
    world.account.limits.clear()

    assert (await found(world, "tf.quota.vcpus")).status is Status.UNKNOWN


async def test_a_limit_that_is_only_not_told_right_now_is_not_the_general_one(account: AwsAccount) -> None:
    world = CloudWorld(account)
    world.account.throttled = True

    assert (
        await found(world, "tf.quota.vpcs")
    ).finding.detail == "AWS does not tell the limit: TooManyRequestsException"


async def test_what_is_used_is_counted_to_its_last_page(account: AwsAccount) -> None:
    world = CloudWorld(account)
    one = "<member><Type>application</Type></member>"

    def page(asked: dict[str, str]) -> str:
        more = "" if "Marker" in asked else "<NextMarker>two</NextMarker>"
        listed = f"<LoadBalancers>{one * 2}</LoadBalancers>{more}"
        result = f"<DescribeLoadBalancersResult>{listed}</DescribeLoadBalancersResult>"
        return f"<DescribeLoadBalancersResponse>{result}</DescribeLoadBalancersResponse>"

    world.account.answers["DescribeLoadBalancers"] = page

    assert (await found(world, "tf.quota.web_balancers")).finding.evidence["used"] == "4"


async def test_an_error_of_s3_is_not_somebody_else(account: AwsAccount) -> None:
    world = CloudWorld(account)
    world.account.foreign.add("codemie-data-123456789012")
    place = {"LocationConstraint": REGION}
    world.s3.create_bucket(Bucket="codemie-data-123456789012", CreateBucketConfiguration=place)

    told = await found(world, "tf.names.free")

    assert (told.status, "this account's already" in told.finding.detail) == (Status.WARN, True)


async def test_whose_account_is_meant_is_not_guessed(account: AwsAccount) -> None:
    world = CloudWorld(account)
    del world.values["account_id"]

    assert (await found(world, "tf.creds.account")).status is Status.UNKNOWN


PROFILES = """
[profile person]
sso_session = us
sso_account_id = 123456789012
sso_role_name = deployer
region = eu-central-1
[sso-session us]
sso_start_url = https://acme.awsapps.test/start
sso_region = eu-central-1
[profile coded]
role_arn = arn:aws:iam::123456789012:role/deployer
source_profile = base
mfa_serial = arn:aws:iam::123456789012:mfa/me
[profile base]
aws_access_key_id = ACCESSKEYOFATEST0000
aws_secret_access_key = planted-aws-secret
[profile job]
role_arn = arn:aws:iam::123456789012:role/deployer
source_profile = base
"""


@pytest.mark.parametrize(
    ("profile", "minutes", "status"),
    [
        ("person", 10, Status.FAIL),
        ("person", 300, Status.PASS),
        ("person", None, Status.UNKNOWN),
        ("coded", None, Status.UNKNOWN),
        ("job", None, Status.PASS),
    ],
)
async def test_a_sign_in_of_a_person_is_not_renewed_by_itself(
    profile: str, minutes: int | None, status: Status, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import boto3

    (tmp_path / "config").write_text(PROFILES)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    if minutes:
        cache = tmp_path / ".aws" / "sso" / "cache"
        cache.mkdir(parents=True)
        end = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)
        signed = {"accessToken": "planted", "expiresAt": f"{end:%Y-%m-%dT%H:%M:%SZ}"}
        (cache / f"{hashlib.sha1(b'us', usedforsecurity=False).hexdigest()}.json").write_text(json.dumps(signed))
    account = Account(Aws(REGION, boto3.Session(profile_name=profile)))

    assert (await expiry.look(account)).status is status


async def test_the_secret_of_a_sign_in_is_never_shown(account: AwsAccount) -> None:
    world = CloudWorld(account)
    _ending(world)

    assert "planted" not in json.dumps((await world.report()).as_document())


@pytest.mark.parametrize(("end", "status"), [("soon", Status.UNKNOWN), ("2020-01-01T00:00:00", Status.FAIL)])
async def test_an_end_that_cannot_be_read_is_not_known(end: str, status: Status, account: AwsAccount) -> None:
    world = CloudWorld(account)
    _ending(world)
    world.environment["AWS_CREDENTIAL_EXPIRATION"] = end

    assert (await found(world, "tf.creds.expiry")).status is status


async def test_a_denial_that_a_second_factor_would_not_change_is_not_its_lack(account: AwsAccount) -> None:
    world = CloudWorld(account)
    world.account.errors["DescribeAvailabilityZones"] = "UnauthorizedOperation"
    world.account.denied["ec2:DescribeAvailabilityZones"] = "implicitDeny"

    told = await found(world, "tf.creds.mfa")

    assert (told.status, told.finding.detail[-23:]) == (Status.PASS, "too: see tf.iam.actions")


async def test_whether_a_second_factor_would_help_is_never_guessed(account: AwsAccount) -> None:
    world = CloudWorld(account)
    world.account.with_factor = {"ec2:DescribeAvailabilityZones", "iam:SimulatePrincipalPolicy"}

    unseen = await found(world, "tf.creds.mfa")
    world.account.with_factor.clear()
    world.account.errors["DescribeAvailabilityZones"] = "UnauthorizedOperation"
    unexplained = await found(world, "tf.creds.mfa")

    assert {unseen.status, unexplained.status} == {Status.UNKNOWN}
    assert "cannot be seen" in unseen.finding.detail
    assert "does not simulate" in unexplained.finding.detail


async def test_a_refusal_that_names_the_factor_is_enough(account: AwsAccount) -> None:
    world = CloudWorld(account)
    words = "MultiFactorAuthentication failed, must provide MFA serial number and one time pass code"
    world.account.errors["DescribeAvailabilityZones"] = f"AccessDenied: {words}"

    assert (await found(world, "tf.creds.mfa")).finding.detail == "AWS says that it wants a second factor"


async def test_a_state_in_s3_that_is_too_large_is_not_read(
    account: AwsAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codemie.operations.preflight.state_checks.MOST_STATE_BYTES", 40, raising=False)

    told = await found(CloudWorld(account), "tf.state.integrity")

    assert (told.status, "more than 40" in told.finding.detail) == (Status.UNKNOWN, True), told
