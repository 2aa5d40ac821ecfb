"""Every variable of the stacks is typed, explained and ruled, and each rule refuses what it is there to refuse."""

import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import hcl2
import pytest

from tests.deploy.terraform.workbench import CLOUDS, environment, program, rules_without_cloud

STACKS = [
    pytest.param(stack, id=f"{stack.parent.name}-{stack.name}")
    for cloud in sorted(path for path in CLOUDS.iterdir() if path.is_dir())
    for stack in (cloud / "bootstrap", cloud / "platform")
]
PROVIDERS = {"aws": "aws", "azure": "azurerm", "gcp": "google"}


def variables(folder: Path) -> dict[str, dict[str, Any]]:
    """Name => block of each variable declared in a folder."""
    found: dict[str, dict[str, Any]] = {}
    for file in sorted(folder.glob("variables*.tf")):
        for block in hcl2.loads(file.read_text()).get("variable", []):
            found.update({name.strip('"'): body for name, body in block.items() if not name.startswith("__")})
    return found


def test_files_are_formatted(tmp_path: Path) -> None:
    ran = subprocess.run(
        [program(), "fmt", "-check", "-recursive", "-diff", str(CLOUDS)],
        env=environment(tmp_path, None),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("stack", STACKS)
def test_a_bad_value_is_refused_before_the_cloud_is_asked(stack: Path, tmp_path: Path) -> None:
    folder = rules_without_cloud(stack, tmp_path / "rules")

    for arguments in (["init", "-input=false"], ["test", "-test-directory=."]):
        ran = subprocess.run(
            [program(), *arguments],
            cwd=folder,
            env=environment(tmp_path, None),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("stack", STACKS)
def test_each_rule_has_a_test_that_breaks_it(stack: Path) -> None:
    broken = Counter(
        re.findall(r"expect_failures = \[var\.(\w+)\]", (stack / "tests" / "rules.tftest.hcl").read_text())
    )
    rules = {name: len(body.get("validation", [])) for name, body in variables(stack).items()}

    assert {name: count for name, count in rules.items() if broken[name] < count} == {}


@pytest.mark.parametrize("stack", STACKS)
def test_an_input_is_typed_explained_and_ruled(stack: Path) -> None:
    for name, body in variables(stack).items():
        assert body.get("type"), f"{name} has no type"
        assert body.get("description"), f"{name} has no description"
        assert body.get("validation") or "bool" in str(body["type"]), f"{name} has no rule"


def test_an_input_of_a_module_is_typed_and_explained() -> None:
    for module in sorted(CLOUDS.glob("*/modules/*")):
        for name, body in variables(module).items():
            assert body.get("type"), f"{module.name}.{name} has no type"
            assert body.get("description"), f"{module.name}.{name} has no description"


def test_nothing_comes_from_elsewhere() -> None:
    """One official provider a cloud and modules of ours only: so the stacks work without a public registry."""
    for file in CLOUDS.rglob("*.tf"):
        cloud = file.relative_to(CLOUDS).parts[0]
        text = file.read_text()
        ours = {f"../modules/{path.name}" for path in (CLOUDS / cloud / "modules").iterdir()}
        sources = set(re.findall(r'(?m)^\s*source\s+=\s+"([^"]+)"', text))

        assert sources <= {f"hashicorp/{PROVIDERS[cloud]}", *ours}, file
        assert not re.findall(rf'(?m)^(?:resource|data) "(?!{PROVIDERS[cloud]}_)', text), file
