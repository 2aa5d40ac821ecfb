"""`codemiectl preflight` as people and pipelines use it."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from codemie.models.catalogue import DEFAULT_FILE
from codemie.operations.deployment.sample import SAMPLE
from tests.fakes.azure_cloud import SUBSCRIPTION
from tests.fakes.azure_cloud import serving as azure_serving
from tests.fakes.dns_server import serving
from tests.fakes.registry import FakeRegistry
from tests.fakes.registry import serving as registry_serving
from tests.operations.network.world import HOST, healthy
from tests.operations.preflight.azure.world import BACKEND, STATE_ACCOUNT, AzureWorld
from tests.operations.preflight.world import World, good_values

DESCRIPTION = """
version: 1
domain: ai.acme.test
cloud: aws
aws:
  account_id: "210987654321"
  allowed_cidrs: [81.2.69.0/24]
  admin_principal_arns: ["arn:aws:iam::210987654321:role/admins"]
"""
NOBODY = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/nonexistent", "PATH": "/usr/bin:/bin"}


async def ran(*arguments: object, variables: Mapping[str, str] | None = None) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "codemie.cli", *map(str, arguments)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**NOBODY, "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent", **(variables or {})},
    )
    output, errors = await asyncio.wait_for(process.communicate(), 120)
    return process.returncode or 0, output.decode(), errors.decode()


def checks(output: str) -> dict[str, dict[str, Any]]:
    return {check["id"]: check for check in json.loads(output)["checks"]}


async def test_what_was_rendered_is_all_green(tmp_path: Path) -> None:
    description = tmp_path / "codemie.yaml"
    description.write_text(DESCRIPTION)
    assert (await ran("deploy", "render", "--file", description, "--target", "tfvars", "--out", tmp_path))[0] == 0

    code, output, errors = await ran("preflight", "--file", description, "--tfvars", tmp_path, "--no-network")

    assert code == 0, output + errors
    assert "FAILED" not in output
    assert "All 46 rules of the stack hold" in output


async def test_groups_that_nothing_was_given_for_can_be_left_out(tmp_path: Path) -> None:
    description = tmp_path / "codemie.yaml"
    description.write_text(DESCRIPTION)

    code, output, errors = await ran(
        *("preflight", "--file", description, "--no-network", "--skip", "llm", "--skip", "dns", "--json")
    )

    assert code == 0, output + errors
    assert not {check for check in checks(output) if check.startswith(("llm.", "dns."))}


async def test_a_fault_is_told_with_its_line_and_ends_with_2(tmp_path: Path) -> None:
    world = World(tmp_path, good_values() | {"allowed_cidrs": ["81.2.69.7/24"]})

    code, output, _ = await ran("preflight", "--tfvars", world.tfvars, "--json")

    assert code == 2
    found = checks(output)["tf.vars.networks"]
    assert found["evidence"] == [
        {"source": f"{tmp_path}/terraform.tfvars:4", "value": 'allowed_cidrs = ["81.2.69.7/24"]'}
    ]
    assert json.loads(output)["target"] == {"cloud": "aws"}


async def test_a_secret_comes_from_the_environment(tmp_path: Path) -> None:
    values = {"project_id": "acme-platform", "domain": "ai.acme.test", "zone_name": "ai-acme-test"}
    networks = {"allowed_cidrs": ["81.2.69.0/24"], "api_allowed_cidrs": ["81.2.69.7/32"]}
    file = World(tmp_path, values | networks).tfvars

    without = await ran("preflight", "--tfvars", file)
    given = await ran("preflight", "--tfvars", file, variables={"TF_VAR_database_password": "planted0" * 4})

    assert (without[0], "database_password has no value" in without[1]) == (2, True)
    assert "no default: database_password = not given" in without[1]
    assert given[0] == 0, given[1]
    assert "planted" not in given[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "There is nothing to look at"),
        (("--tfvars", "/nowhere"), "is no file of variables"),
        (("--plan", "/nowhere"), "The plan cannot be read"),
        (("--file", "/nowhere"), "The description cannot be read"),
        (("--models", "/nowhere"), "is not there"),
        (("--values", "/nowhere"), "The values cannot be read"),
        (("--cluster",), "What is to be installed is not clear"),
        (("--cloud", "aws", "--phase", "vras"), "No check and no phase is called 'vras'"),
        (("--cloud", "else"), "else"),
    ],
)
async def test_what_cannot_be_run_ends_with_3(arguments: tuple[str, ...], said: str) -> None:
    code, _, errors = await ran("preflight", *arguments)

    assert (code, said in errors) == (3, True), errors


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--file", "codemie.yaml", "--phase", "vars"), "give --tfvars"),
        (("--tfvars", "terraform.tfvars", "--phase", "quota"), "give --cloud"),
        (("--file", "codemie.yaml", "--phase", "images", "--no-network"), "registries are not to be asked"),
        (("--file", "codemie.yaml", "--skip", "*"), "every check was left out"),
    ],
)
async def test_a_gate_that_looked_at_nothing_is_closed(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    (tmp_path / "terraform.tfvars").write_text("")
    (tmp_path / "codemie.yaml").write_text(DESCRIPTION)

    code, output, errors = await ran("preflight", *(tmp_path / each if "." in each else each for each in arguments))

    assert (code, said in errors) == (3, True), output + errors
    assert "\n." not in output


async def test_the_sample_with_all_its_examples_is_told_to_be_one(tmp_path: Path) -> None:
    """Each value that the sample shows for somebody's account, domain or network is known as an example."""
    lines = re.sub(
        r"(?m)^# ?(?=(?:agents|aws|azure|gcp|mirror|settings):|  )", "", SAMPLE[SAMPLE.index("version:") :]
    ).splitlines()
    file = tmp_path / "sample.yaml"
    file.write_text("\n".join(line for line in lines if not line.startswith("  #")))

    code, output, _ = await ran("preflight", "--file", file, "--no-network", "--json")

    found = checks(output)["description.placeholders"]
    assert code == 2
    assert {each["source"] for each in found["evidence"]} >= {
        "domain", "mirror", "agents.networks",
        *(f"aws.{name}" for name in ("account_id", "allowed_cidrs", "api_allowed_cidrs", "admin_principal_arns")),
        *(f"azure.{name}" for name in ("subscription_id", "admin_group_object_ids", "client_ids.api")),
        *(f"gcp.{name}" for name in ("project_id", "zone_name", "allowed_cidrs")),
    }  # fmt: skip
    assert checks(output)["tls.files"]["detail"] == "sample.yaml names no certificate"


async def test_a_registry_out_of_reach_is_told_once_and_in_words(tmp_path: Path) -> None:
    file = tmp_path / "codemie.yaml"
    file.write_text(f"{DESCRIPTION}mirror: registry.invalid/mirror\n")

    code, output, _ = await ran("preflight", "--file", file, "--phase", "images")

    assert code == 3
    assert output.count("The registry registry.invalid does not answer: its name is not found from here") == 1
    assert output.count("blocked by images.auth") == 2


async def test_the_sum_tells_apart_what_was_not_asked_for(tmp_path: Path) -> None:
    (tmp_path / "codemie.yaml").write_text(DESCRIPTION)

    code, output, _ = await ran("preflight", "--file", tmp_path / "codemie.yaml", "--no-network")

    sums = output.splitlines()[-1]
    assert code == 0
    assert f"{output.count('  skipped  ')} skipped, " in sums
    assert sums.endswith(" not asked for.")


async def test_phases_choose_and_nothing_is_claimed_where_nobody_is_signed_in() -> None:
    code, output, _ = await ran("preflight", "--cloud", "azure", "--phase", "creds, quota", "--json")

    assert code == 2
    assert {check["phase"] for check in checks(output).values()} == {"creds", "quota"}
    assert {check["status"] for check in checks(output).values()} == {"fail", "skip"}


async def test_a_cloud_is_asked_only_where_it_is_named(tmp_path: Path) -> None:
    file = World(tmp_path).tfvars

    unasked, asked = [await ran("preflight", "--tfvars", file, *more, "--json") for more in ((), ("--cloud", "aws"))]

    assert (unasked[0], checks(unasked[1])["tf.creds.present"]["status"]) == (0, "skip")
    assert (asked[0], checks(asked[1])["tf.creds.present"]["status"]) == (2, "fail")
    assert checks(asked[1])["tf.creds.valid"]["detail"] == "blocked by tf.creds.present"


async def test_a_name_that_is_not_there_yet_needs_a_delegated_zone(tmp_path: Path) -> None:
    world = healthy(tmp_path)
    for server in (world.resolver, world.child):
        server.records.pop((HOST, "A"))
    async with serving(world.resolver, world.parent, world.child) as port:
        asked = ("preflight", "--domain", HOST, "--resolver", f"127.0.0.2:{port}", "--json")
        good = await ran(*asked)
        world.parent.delegated.clear()
        bad = await ran(*asked)

    assert (good[0], checks(good[1])["dns.delegation"]["status"]) == (0, "pass"), good
    assert (bad[0], checks(bad[1])["dns.delegation"]["status"]) == (2, "fail"), bad


async def test_a_model_file_is_read_without_asking_a_model(tmp_path: Path) -> None:
    file = tmp_path / "models.yaml"
    file.write_text(DEFAULT_FILE.read_text())

    good = await ran("preflight", "--models", file, "--json")
    file.write_text("llm_models: [{base_name: 5")
    bad = await ran("preflight", "--models", file, "--json")

    assert (good[0], checks(good[1])["llm.defaults"]["status"]) == (0, "pass")
    assert (bad[0], checks(bad[1])["llm.config.schema"]["status"]) == (2, "fail")


async def test_a_machine_without_helm_cannot_tell_what_the_chart_would_make(tmp_path: Path) -> None:
    values = tmp_path / "values.yaml"
    values.write_text("url: https://a.test\n")

    code, output, _ = await ran("preflight", "--values", values, "--json", "--no-network")

    assert code == 3
    assert checks(output)["chart.renders"]["status"] == "unknown"
    assert "Helm is not on this machine" in checks(output)["chart.renders"]["detail"]
    assert checks(output)["cluster.api"]["status"] == "skip"


async def test_images_are_those_of_ones_own_values_too(tmp_path: Path) -> None:
    registry = FakeRegistry()
    registry.put("dock/codemie/codemie", "7")
    values = tmp_path / "values.yaml"
    async with registry_serving(registry) as host:
        values.write_text(f"url: https://a.test\nimageRegistry: '{host}/dock'\nimage: {{tag: '7'}}\n")
        lacking = await ran("preflight", "--values", values, "--json", "--phase", "images")
        registry.put("dock/library/nats", "2.15.1-alpine")
        whole = await ran("preflight", "--values", values, "--json", "--phase", "images")

    assert (lacking[0], whole[0]) == (2, 0), (lacking, whole)
    assert f"{host}/dock/library/nats:2.15.1-alpine is not there" in checks(lacking[1])["images.found"]["detail"]
    assert checks(whole[1])["images.found"]["detail"].startswith("All 2 are there")


async def test_azure_is_asked_in_its_own_words(tmp_path: Path) -> None:
    world = AzureWorld()
    values = tmp_path / "terraform.tfvars.json"
    values.write_text(json.dumps(world.values))
    arguments = ("preflight", "--cloud", "azure", "--tfvars", values, "--phase", "creds,quota", "--json")
    async with azure_serving(world.azure):
        good = await ran(*arguments, variables=world.azure.environment)
        bad = await ran(*arguments, variables={**world.azure.environment, "ARM_CLIENT_SECRET": "planted-other"})

    assert {each["status"] for each in checks(good[1]).values()} == {"pass", "skip"}, good
    assert (bad[0], "AADSTS7000215" in bad[1], "planted" in "".join((*good[1:], *bad[1:]))) == (2, True, False)


async def test_a_check_is_explained_as_it_is_in_a_cloud() -> None:
    assert "az login" in (await ran("explain", "tf.creds.present", "--cloud", "azure"))[1]
    assert "aws sso login" in (await ran("explain", "tf.creds.present", "--cloud", "aws"))[1]


async def test_states_in_a_container_are_looked_at(tmp_path: Path) -> None:
    world = AzureWorld()
    lines = [f"    {name} = {json.dumps(value)}\n" for name, value in BACKEND.items()]
    (tmp_path / "backend.tf").write_text(f'terraform {{\n  backend "azurerm" {{\n{"".join(lines)}  }}\n}}\n')
    where = ("preflight", "--stack", tmp_path, "--phase", "backend", "--json")
    async with azure_serving(world.azure):
        world.azure.of(STATE_ACCOUNT)["properties"]["primaryEndpoints"]["blob"] = f"{world.azure.url}/blob/"
        good = await ran(*where, variables={**world.azure.environment, "ARM_SUBSCRIPTION_ID": SUBSCRIPTION})
        unsaid = await ran(*where, variables=world.azure.environment)

    assert good[0] == 0, good
    assert {each["status"] for each in checks(good[1]).values()} == {"pass", "skip"}
    assert checks(unsaid[1])["tf.backend.reachable"]["status"] == "unknown"
