"""`codemiectl doctor --cloud` as people and pipelines use it."""

import json
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from codemie.operations.network.site import Site
from codemie.plugins.diagnosis.lookup import Lookup
from tests.cli.test_preflight import checks, ran
from tests.fakes import dns_server
from tests.fakes.aws_account import REGION, serving
from tests.fakes.azure_cloud import SUBSCRIPTION
from tests.fakes.azure_cloud import serving as azure_serving
from tests.operations.cloud.azure.world import ADDRESSES, InstalledWorld
from tests.operations.cloud.served.world import BothEnds
from tests.operations.cloud.world import NAME, CloudWorld
from tests.operations.network.world import HOST, healthy
from tests.plugins.diagnosis.certificates import issued

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

    assert {
        name: (found["status"], found["detail"]) for name, found in checks(good[1]).items() if found["status"] != "pass"
    } == {}
    assert json.loads(good[1])["target"] == {"cloud": "aws", "name": NAME, "region": REGION}
    assert {name: check["detail"] for name, check in checks(good[1]).items() if check["status"] != "pass"} == {}
    assert (refused[0], "203.0.113.0/24" in checks(refused[1])["net.sg.ingress"]["detail"]) == (2, True)
    for code, output, _ in (bad, by_variable):
        assert (code, checks(output)["cloud.stack"]["detail"]) == (2, f"There is no VPC other in {REGION}")
    assert "planted" not in "".join((*good[1:], *bad[1:]))


async def test_a_name_is_looked_at_from_both_ends(tmp_path: Path) -> None:
    with serving() as account:
        world = BothEnds(CloudWorld(account), healthy(tmp_path))
        there = {**SIGNED_IN, "AWS_ENDPOINT_URL": account.url, "TF_VAR_region": REGION}
        async with AsyncExitStack() as stack:
            site, lookup = (await world.site.sources(stack)).of((Site, Lookup))
            place = ("--domain", f"{HOST}:{site.port}", "--resolver", f"127.0.0.2:{lookup.port}", "--ca", world.site.ca)
            only = ("--only", "tls.served", "--only", "dns.target")
            good = await ran("doctor", "--cloud", "aws", *place, *only, "--json", variables=there)
            world.attach(issued(HOST, world.site.root, names=(HOST,)))
            world.site.resolver.records[world.balancer, "A"] = (60, ["127.0.0.8"])
            bad = await ran("doctor", "--cloud", "aws", *place, *only, "--json", variables=there)

    assert good[0] == 0, good
    assert {name: found["detail"] for name, found in checks(good[1]).items() if found["status"] != "pass"} == {}
    assert json.loads(good[1])["target"]["domain"] == HOST
    assert bad[0] == 2
    assert {name for name, found in checks(bad[1]).items() if found["status"] == "fail"} == {"tls.served", "dns.target"}


async def test_a_missing_sign_in_is_told_once() -> None:
    code, output, _ = await ran("doctor", "--cloud", "aws")

    assert code == 3
    assert output.count("There are no credentials of AWS") == output.count("→") == 1
    assert output.count("blocked by cloud.account") > 10


async def test_azure_is_looked_at_by_its_own_checks(tmp_path: Path) -> None:
    world = InstalledWorld()
    values = tmp_path / "terraform.tfvars.json"
    values.write_text(json.dumps(world.values))
    async with azure_serving(world.azure), dns_server.serving(world.dns) as port:
        where = (
            "doctor",
            "--cloud",
            "azure",
            "--tfvars",
            tmp_path,
            "--resolver",
            f"{world.dns.address}:{port}",
            "--json",
        )
        good = await ran(*where, variables=world.azure.environment)
        world.azure.metrics[ADDRESSES["nats"]] = 0.0
        bad = await ran(*where, "--from", "203.0.113.0/24", variables=world.azure.environment)

    assert good[0] == 0, good
    assert {check["status"] for check in checks(good[1]).values()} == {"pass", "skip"}
    assert json.loads(good[1])["target"] == {"cloud": "azure", "name": "codemie", "subscription": SUBSCRIPTION}
    red = {name for name, found in checks(bad[1]).items() if found["status"] == "fail"}
    assert (bad[0], red) == (2, {"nats.lb.health", "net.sg.ingress", "nats.lb.sg"})
    assert "planted" not in "".join((*good[1:], *bad[1:]))


async def test_without_a_subscription_nothing_of_azure_is_claimed() -> None:
    code, output, _ = await ran("doctor", "--cloud", "azure", "--json")

    assert code == 3
    assert {check["status"] for check in checks(output).values()} == {"unknown", "skip"}
    assert "is not said" in checks(output)["cloud.stack"]["detail"]


@pytest.mark.parametrize(("cloud", "said"), [("aws", "no credentials of AWS")])
async def test_what_cannot_be_seen_is_unknown_and_no_success(cloud: str, said: str) -> None:
    code, output, _ = await ran("doctor", "--cloud", cloud, "--json")

    assert code == 3
    assert {check["status"] for check in checks(output).values()} == {"unknown"}
    assert all(said in check["detail"] for check in checks(output).values())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--cloud", "aws", "--cluster"), "choose one of"),
        (("--tfvars", "/nowhere"), "it counts only with --cloud"),
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
