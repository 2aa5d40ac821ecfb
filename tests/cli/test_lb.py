"""`codemiectl lb logs` on files, and on a bucket of moto."""

import datetime as dt
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_preflight import ran
from tests.fakes.aws_account import REGION, AwsAccount, serving
from tests.operations.balancer_logs.lines import CLIENT, NOON, connection, request

pytestmark = pytest.mark.timeout(300)

BUCKET = "codemie-logs-210987654321"


@pytest.fixture(scope="module")
def account() -> Iterator[AwsAccount]:
    with serving() as made:
        yield made


def signed_in(account: AwsAccount) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": account.url,
        "AWS_ACCESS_KEY_ID": "ACCESSKEYOFATEST0000",
        "AWS_SECRET_ACCESS_KEY": "planted-aws-secret",
        "AWS_DEFAULT_REGION": REGION,
    }


def balancer(account: AwsAccount, **attributes: str) -> str:
    """A load balancer, and where it writes its log."""
    account.reset()
    ec2, elb = account.client("ec2"), account.client("elbv2")
    subnets = [each["SubnetId"] for each in ec2.describe_subnets()["Subnets"]][:2]
    made = elb.create_load_balancer(Name="codemie-web", Subnets=subnets, Type="application")["LoadBalancers"][0]
    account.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    told = [{"Key": name.replace("_s3_", ".s3."), "Value": value} for name, value in attributes.items()]
    if told:
        elb.modify_load_balancer_attributes(LoadBalancerArn=made["LoadBalancerArn"], Attributes=told)
    return str(made["LoadBalancerArn"])


def written(account: AwsAccount, arn: str, end: dt.datetime, content: bytes, number: int = 0) -> None:
    """A file where the load balancer writes it."""
    number_of_account, name = arn.split(":")[4], arn.partition("loadbalancer/")[2].replace("/", ".")
    key = (
        f"web/AWSLogs/{number_of_account}/elasticloadbalancing/{REGION}/{end:%Y/%m/%d}/"
        f"{number_of_account}_elasticloadbalancing_{REGION}_{name}_{end:%Y%m%dT%H%MZ}_10.0.0.1_{number:08}.log.gz"
    )
    account.client("s3").put_object(Bucket=BUCKET, Key=key, Body=content)


LOGGED = {"access_logs_s3_enabled": "true", "access_logs_s3_bucket": BUCKET, "access_logs_s3_prefix": "web"}


async def test_a_file_is_summed_up_by_code_with_what_it_means(tmp_path: Path) -> None:
    file = tmp_path / "web.log.gz"
    lines = [
        request(),
        request("502", "-"),
        request("502", "-"),
        request("500"),
        request("460", "-"),
        "\x1b[31mhostile",
    ]
    file.write_bytes(gzip.compress("\n".join([*lines, connection("-", "42")]).encode()))

    code, output, errors = await ran("lb", "logs", file)

    assert code == 0, errors
    shown = output.splitlines()
    assert shown[0] == "5 requests and 1 connection of agents, 2026-11-30 12:00 to 2026-11-30 12:00 UTC"
    assert "1 line that no load balancer wrote left out" in shown
    assert any(
        line.split()[:2] == ["502", "2"] and "load balancer: the target cut the connection" in line for line in shown
    )
    assert any(line.split()[:2] == ["500", "1"] and "target: the platform's own answer" in line for line in shown)
    assert any(line.split()[:2] == ["460", "1"] and "the client went away" in line for line in shown)
    assert any(line.split() == ["502", "2", "GET", "/v1/assistants/…"] for line in shown)
    assert any("10.0.1.5:32080  mean 0.048 s" in line and "3 errors" in line for line in shown)
    assert any("alert 42" in line and "does not accept the certificate" in line for line in shown)
    assert "1 handshake failed" in output
    for hidden in (CLIENT, "planted", "b7f3", "\x1b"):
        assert hidden not in output


async def test_a_program_gets_one_document(tmp_path: Path) -> None:
    file = tmp_path / "web.log"
    file.write_text("\n".join([request("503", "-", target="-"), request(when=NOON - dt.timedelta(days=400))]))

    code, output, _ = await ran("lb", "logs", file, "--since", "365d", "--json")

    found: dict[str, Any] = json.loads(output)
    assert code == 0
    assert (found["schema"], found["files"], found["lines"]["malformed"]) == ("codemiectl.balancer_logs/1", 1, 0)
    assert found["requests"] + found["lines"]["older"] == 2
    assert all(each["means"] == "no target is registered: lb.targets" for each in found["failures"])


async def test_the_log_is_found_where_the_load_balancer_writes_it(account: AwsAccount) -> None:
    arn, now = balancer(account, **LOGGED), dt.datetime.now(dt.UTC)
    recent = "\n".join(
        [request("504", "-", when=now - dt.timedelta(minutes=7)), request(when=now - dt.timedelta(hours=3))]
    )
    written(account, arn, now - dt.timedelta(minutes=5), gzip.compress(recent.encode()))
    written(account, arn, now - dt.timedelta(hours=5), gzip.compress(request("500").encode()))

    code, output, errors = await ran(
        "lb", "logs", "--balancer", "codemie-web", "--since", "1h", "--json", variables=signed_in(account)
    )

    found = json.loads(output) if code == 0 else {}
    assert code == 0, errors
    assert (found["files"], found["requests"], found["lines"]["older"], found["is_cut"]) == (1, 1, 1, False)
    assert [(each["code"], each["from"]) for each in found["failures"]] == [(504, "load balancer")]


async def test_nothing_written_yet_is_said(account: AwsAccount) -> None:
    balancer(account, **LOGGED)

    code, output, _ = await ran("lb", "logs", "--balancer", "codemie-web", variables=signed_in(account))

    assert code == 0
    assert "There is no log of that time yet" in output


@pytest.mark.parametrize(
    ("name", "attributes", "code", "said"),
    [
        ("codemie-web", {}, 3, "codemie-web writes no access log"),
        ("codemie-other", LOGGED, 4, "There is no load balancer codemie-other in eu-central-1"),
    ],
)
async def test_what_cannot_be_read_is_said_in_one_line(
    name: str, attributes: dict[str, str], code: int, said: str, account: AwsAccount
) -> None:
    balancer(account, **attributes)

    ended, output, errors = await ran("lb", "logs", "--balancer", name, variables=signed_in(account))

    assert (ended, output) == (code, "")
    assert said in errors
    assert errors.count("\n") <= 3


async def test_nobody_signed_in_is_said(account: AwsAccount) -> None:
    ended, _, errors = await ran(
        "lb", "logs", "--balancer", "codemie-web", "--region", REGION, variables={"AWS_ENDPOINT_URL": account.url}
    )

    assert ended == 1
    assert "There are no credentials of AWS" in errors


@pytest.mark.parametrize("typed", [(), ("nowhere.log", "--balancer", "codemie-web"), ("x.log", "--since", "soon")])
async def test_wrong_usage_ends_with_2(typed: tuple[str, ...]) -> None:
    assert (await ran("lb", "logs", *typed))[0] == 2


async def test_a_file_that_is_not_there_ends_with_3(tmp_path: Path) -> None:
    for place, said in ((tmp_path / "no.log", "cannot be read"), (tmp_path, "is a folder")):
        code, _, errors = await ran("lb", "logs", place)

        assert code == 3
        assert said in errors
