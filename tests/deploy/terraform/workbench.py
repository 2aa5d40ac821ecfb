"""Terraform on this machine: the program, the provider, and copies of the stacks to work in; no real cloud is asked."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CLOUDS = Path(__file__).parents[3] / "deploy" / "terraform"
AWS = CLOUDS / "aws"
ACCOUNT, REGION = "210987654321", "eu-central-1"

PATH_STYLE = 'provider "aws" {\n  s3_use_path_style = true\n}\n'
"""An override of the provider: buckets of moto have no names in DNS."""

_PLUGIN_PLACES = ("~/.terraform.d/plugins", "/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins")


def _require(found: Any, component: str) -> None:
    if found:
        return
    if os.environ.get("CODEMIE_REQUIRE_TERRAFORM") == "1":
        pytest.fail(f"{component} is missing, and CODEMIE_REQUIRE_TERRAFORM=1 says it must be there")
    pytest.skip(f"{component} is not on this machine")


def program() -> str:
    """Terraform 1.10 or newer; skips without it."""
    found = shutil.which(os.environ.get("TERRAFORM", "terraform"))
    _require(found, "Terraform")
    assert found
    return found


def provider_mirror() -> Path:
    """A folder with the AWS provider, laid out as a mirror: TF_PLUGIN_DIR or a usual place; skips without it.

    `terraform providers mirror FOLDER` makes one.
    """
    places = [Path(os.environ.get("TF_PLUGIN_DIR", "/nonexistent")), *(Path(p).expanduser() for p in _PLUGIN_PLACES)]
    places += sorted(Path("/opt").glob("*"))
    for place in places:
        if list(place.glob("registry.terraform.io/hashicorp/aws/5.*/*/terraform-provider-aws_*")):
            return place
    _require(None, "The AWS provider of Terraform (TF_PLUGIN_DIR)")
    raise AssertionError


def environment(place: Path, mirror: Path | None) -> dict[str, str]:
    """Variables under which Terraform reads no settings of this machine and finds providers in the mirror only.

    Its credentials are those of a test.
    """
    configuration = place / "terraform.rc"
    source = f'filesystem_mirror {{\n path = "{mirror}"\n }}' if mirror else 'direct {\n exclude = ["*/*"]\n }'
    configuration.write_text(f"disable_checkpoint = true\nprovider_installation {{\n {source}\n}}\n")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "AWS_"))}
    return {
        **kept,
        "TF_CLI_CONFIG_FILE": str(configuration),
        "TF_IN_AUTOMATION": "1",
        "AWS_ACCESS_KEY_ID": "ACCESSKEYOFATEST0000",
        "AWS_SECRET_ACCESS_KEY": "planted-aws-secret",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


class Workbench:
    """A copy of a cloud's folder, so that nothing is written into the sources."""

    def __init__(self, place: Path, mirror: Path | None, cloud: Path = AWS) -> None:
        self.program = program()
        self.root = place / cloud.name
        self.environment = environment(place, mirror)
        shutil.copytree(
            cloud,
            self.root,
            ignore=shutil.ignore_patterns(".terraform", "*.tfstate*", "backend.tf", "terraform.tfvars"),
        )

    def run(self, stack: str, *arguments: str, ok: tuple[int, ...] = (0,), seconds: float = 500) -> str:
        """What `terraform` says in the folder of a stack; fails with its words when it ends otherwise than expected."""
        ran = subprocess.run(
            [self.program, *arguments],
            cwd=self.root / stack,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert ran.returncode in ok, f"terraform {' '.join(arguments)}: {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
        return ran.stdout

    def tested(self, stack: str, *files: str) -> dict[str, dict[str, Any]]:
        """Run test files of a stack; the name of each run => the state it left."""
        filters = [f"-filter=tests/{file}" for file in files]
        lines = self.run(stack, "test", "-json", "-verbose", *filters).splitlines()
        told = [json.loads(line) for line in lines]
        return {item["@testrun"]: item["test_state"] for item in told if item["type"] == "test_state"}


def resources(module: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every resource of a state, those of modules within modules too."""
    yield from (item for item in module.get("resources", []) if item["mode"] == "managed")
    for child in module.get("child_modules", []):
        yield from resources(child)


def rules_without_cloud(stack: Path, place: Path) -> Path:
    """The variables of a stack and the tests of their rules, with nothing that needs a provider: quick."""
    place.mkdir()
    for file in [*stack.glob("variables*.tf"), *stack.glob("checks.tf")]:
        shutil.copy(file, place)
    text = (stack / "tests" / "rules.tftest.hcl").read_text()
    (place / "rules.tftest.hcl").write_text(re.sub(r"(?ms)^mock_provider \"\w+\" \{(\}|.*?^\})\n", "", text))
    return place
