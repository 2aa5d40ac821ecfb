"""Values for Terraform: where they come from, what is said of them, and the stacks that take them."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from codemie.operations.hcl.evaluation import value_of
from codemie.operations.hcl.parser import read
from codemie.operations.hcl.syntax import Member, Sequence
from codemie.operations.preflight.judgement import Judgement, Kind
from codemie.operations.preflight.placeholders import found_in
from codemie.operations.preflight.stack import CLOUDS, decided, read_stack, shipped
from codemie.operations.preflight.values import Given, Values, files_of, read_values
from tests.operations.preflight.world import World

ROOT = Path(__file__).parents[3]
STACKS = sorted((ROOT / "deploy" / "terraform").glob("*/*/tests/rules.tftest.hcl"))


def _values(block: Any) -> dict[str, Any]:
    return {
        name: value_of(attribute.value, {})
        for inner in block.all("variables")
        for name, attribute in inner.attributes.items()
    }


@pytest.mark.parametrize("file", STACKS, ids=[f"{file.parts[-4]}-{file.parts[-3]}" for file in STACKS])
def test_the_rules_say_here_what_they_say_in_terraform(file: Path) -> None:
    """Each run of these files is one that Terraform itself passes, in the tests of the stacks."""
    stack, body = read_stack(file.parents[1]), read(file.read_text())
    judged = {}
    for run in body.all("run"):
        given = {name: Given(name, value, "test") for name, value in {**_values(body), **_values(run)}.items()}
        failing = run.attributes.get("expect_failures")
        wanted = failing.value.items if failing and isinstance(failing.value, Sequence) else ()
        expected = {
            each.name
            for each in wanted
            if isinstance(each, Member) and each.of == read("a = var").attributes["a"].value
        }
        complaints = Judgement(stack, Values(given, ())).complaints
        broken = {each.variable for each in complaints if each.kind is not Kind.PLACEHOLDER}
        sample = {each.variable for each in complaints if each.kind is Kind.PLACEHOLDER}
        judged[run.labels] = (expected - sample, broken)

    assert {run: found for run, found in judged.items() if found[0] != found[1]} == {}
    assert len(judged) > 3


@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_rule_of_our_stacks_can_be_judged_here(cloud: str) -> None:
    """A function that is not known here would let a rule pass."""
    stack = read_stack(shipped(cloud))
    values = {name: variable.default for name, variable in stack.variables.items()}

    for rule in (rule for variable in stack.variables.values() for rule in variable.rules):
        value_of(_attempt(rule.condition), {"var": values})


def _attempt(condition: Any) -> Any:
    from codemie.operations.hcl.syntax import Call

    return Call("can", (condition,))


def test_the_package_carries_the_variables_of_every_stack() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    wanted = {
        str(file.relative_to(ROOT)): f"codemie/operations/preflight/stacks/{cloud}/platform/{file.name}"
        for cloud in CLOUDS
        for file in (ROOT / "deploy" / "terraform" / cloud / "platform").glob("variables*.tf")
    }
    # What it makes of them, where somebody asks, and what whoever applies it must be allowed to do.
    for cloud in ("aws", "gcp"):
        for name in ("platform/main.tf", "deployer-policy.json"):
            wanted[f"deploy/terraform/{cloud}/{name}"] = f"codemie/operations/preflight/stacks/{cloud}/{name}"
    azure = "azure/deployer-policy.json"
    wanted[f"deploy/terraform/{azure}"] = f"codemie/operations/preflight/stacks/{azure}"

    assert wanted.items() <= included.items()


def test_what_nodes_there_may_be_is_read_from_the_stack(tmp_path: Path) -> None:
    for file in shipped("aws").glob("*.tf"):
        text = file.read_text().replace("m7i.xlarge", "m7i.8xlarge").replace("local.prod ? 6 : 3", "local.prod ? 9 : 4")
        (tmp_path / file.name).write_text(text)
    given = {"region": "eu-central-1", "profile": None}
    own = {"web": {"instance_types": ["c7i.large"], "max": 2}}

    group = decided(tmp_path, "node_groups", given)["default"]
    assert (group["instance_types"], group["max"]) == (["m7i.8xlarge"], 9)
    assert decided(tmp_path, "node_groups", given | {"profile": "dev"})["default"]["max"] == 4
    assert decided(tmp_path, "node_groups", given | {"node_groups": own}) == own
    assert decided(tmp_path, "zones", given) == ["eu-central-1a", "eu-central-1b", "eu-central-1c"]


def test_the_last_file_wins_over_others_and_over_the_environment(tmp_path: Path) -> None:
    (tmp_path / "terraform.tfvars").write_text('name = "first"\nregion = "eu-west-1"\n')
    (tmp_path / "b.auto.tfvars").write_text('\n\nname = "second"\n')
    (tmp_path / "c.auto.tfvars.json").write_text(json.dumps({"tags": {}, "domain": "ai.acme.test"}, indent=1))
    stack = read_stack(shipped("aws"))
    environment = {"TF_VAR_name": "weak", "TF_VAR_namespace": "of-environment", "TF_VAR_tags": '{ a = "b" }'}

    given = read_values(files_of([tmp_path]), environment, stack.variables).given

    assert given["name"].value == "second"
    assert given["name"].place == f"{tmp_path / 'b.auto.tfvars'}:3"
    assert (given["namespace"].value, given["namespace"].place) == ("of-environment", "TF_VAR_namespace")
    assert given["domain"].place.endswith("c.auto.tfvars.json:3")


def test_a_list_in_the_environment_is_an_expression(tmp_path: Path) -> None:
    stack = read_stack(shipped("aws"))

    given = read_values([], {"TF_VAR_allowed_cidrs": '["81.2.69.0/24"]'}, stack.variables).given

    assert given["allowed_cidrs"].value == ["81.2.69.0/24"]


async def test_a_secret_is_never_shown(tmp_path: Path) -> None:
    from tests.operations.preflight.faults import _open_password

    world = World(tmp_path)
    _open_password(world)
    world.values["database_password"] = "planted-too-short"

    report = await world.report()

    assert next(check for check in report.checks if check.id == "tf.vars.rules").status == "fail"
    assert "planted" not in json.dumps(report.as_document())


async def test_a_misspelt_name_is_told_with_the_right_one_and_its_line(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.values["vpc_cird"] = "10.1.0.0/16"

    found = next(check for check in (await world.report()).checks if check.id == "tf.vars.known").finding

    assert "vpc_cidr is meant" in found.detail
    assert f"{world.tfvars}:8" in found.evidence


@pytest.mark.parametrize("secret", ["planted-changeme-planted", "<planted>", "planted", 5, ["planted"]])
async def test_a_secret_that_is_wrong_is_not_shown_either(secret: Any, tmp_path: Path) -> None:
    from tests.operations.preflight.faults import _open_password

    world = World(tmp_path)
    _open_password(world)
    world.values["database_password"] = secret

    report = await world.report()

    assert report.summary["fail"] == 1
    assert "planted" not in json.dumps(report.as_document())


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("<account>", True),
        ("%%DOMAIN%%", True),
        ("${ACCOUNT}", True),
        ("ai.your-company.com", True),
        ("my-project", True),
        ("arn:aws:iam::ACCOUNT:role/admins", True),
        ("app.example.org", True),
        ("203.0.113.0/24", True),
        ("ops@example.com", True),
        ("ai-example-com", True),
        ("our-project", True),
        ("00000000-1111-2222-3333-444444444444", True),
        ("our-project-7", False),
        ("my-team-project", False),
        ("examples.acme.test", False),
        ("0.0.0.0/0", False),
        ("10.0.0.0/16", False),
        ("S$AFE", False),
    ],
)
def test_a_placeholder_is_told_from_a_value(text: str, *, is_one: bool) -> None:
    assert (found_in({"of": [text]}) is not None) == is_one
