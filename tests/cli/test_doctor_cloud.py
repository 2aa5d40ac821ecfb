"""`codemiectl doctor --cloud` as people and pipelines use it."""

import json
from pathlib import Path

import pytest

from tests.cli.test_preflight import checks, ran
from tests.fakes import dns_server
from tests.fakes.aws_account import REGION, serving
from tests.operations.cloud.world import NAME, CloudWorld

pytestmark = pytest.mark.timeout(300)

SIGNED_IN = {"AWS_ACCESS_KEY_ID": "ACCESSKEYOFATEST0000", "AWS_SECRET_ACCESS_KEY": "planted-aws-secret"}


async def test_values_of_the_stack_say_where_to_look(tmp_path: Path) -> None:
    with serving() as account:
        world = CloudWorld(account)
        values = tmp_path / "terraform.tfvars.json"
        values.write_text(json.dumps(world.values))
        there = {**SIGNED_IN, "AWS_ENDPOINT_URL": account.url}

        async with dns_server.serving(world.dns) as port:
            resolver = ("--resolver", f"{world.dns.address}:{port}")
            good = await ran("doctor", "--cloud", "aws", "--tfvars", tmp_path, *resolver, "--json", variables=there)
        values.write_text(json.dumps({**world.values, "name": "other"}))
        bad = await ran("doctor", "--cloud", "aws", "--tfvars", values, "--json", variables=there)
        elsewhere = ("--from", "203.0.113.0/24", "--only", "net.sg.ingress")
        refused = await ran(
            "doctor", "--cloud", "aws", *elsewhere, "--json", variables={**there, "TF_VAR_region": REGION}
        )
        by_variable = await ran(
            "doctor", "--cloud", "aws", "--json", variables={**there, "TF_VAR_name": "other", "TF_VAR_region": REGION}
        )

    assert good[0] == 0, good
    assert json.loads(good[1])["target"] == {"cloud": "aws", "name": NAME, "region": REGION}
    assert {name: check["detail"] for name, check in checks(good[1]).items() if check["status"] != "pass"} == {}
    assert (refused[0], "203.0.113.0/24" in checks(refused[1])["net.sg.ingress"]["detail"]) == (2, True)
    for code, output, _ in (bad, by_variable):
        assert (code, checks(output)["cloud.stack"]["detail"]) == (2, f"There is no VPC other in {REGION}")
    assert "planted" not in "".join((*good[1:], *bad[1:]))


@pytest.mark.parametrize(("cloud", "said"), [("aws", "no credentials of AWS"), ("azure", "cannot be looked at")])
async def test_what_cannot_be_seen_is_unknown(cloud: str, said: str) -> None:
    code, output, _ = await ran("doctor", "--cloud", cloud, "--json")

    assert code == 0
    assert {check["status"] for check in checks(output).values()} == {"unknown"}
    assert all(said in check["detail"] for check in checks(output).values())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--cloud", "aws", "--cluster"), "choose one of"),
        (("--tfvars", "/nowhere"), "give that, too"),
        (("--cloud", "aws", "--from", "nowhere"), "wants an IPv4 network"),
        (("--cloud", "aws", "--tfvars", "/nowhere"), "is no file of variables"),
        (("--cloud", "else"), "else"),
    ],
)
async def test_what_cannot_be_run_ends_with_3(arguments: tuple[str, ...], said: str) -> None:
    code, _, errors = await ran("doctor", *arguments)

    assert (code, said in errors) == (3, True), errors


async def test_values_that_cannot_be_read_end_with_3(tmp_path: Path) -> None:
    (tmp_path / "terraform.tfvars").write_text("name = ")

    code, _, errors = await ran("doctor", "--cloud", "aws", "--tfvars", tmp_path)

    assert (code, "terraform.tfvars:1" in errors) == (3, True), errors
