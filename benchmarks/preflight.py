"""How long `codemiectl preflight` takes over values, an account, a state and a plan for production.

Terraform, which makes the plan of the same values against the same account, stands beside it.
"""

import json
import logging
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from tests.deploy.terraform.test_aws_apply import VARIABLES
from tests.deploy.terraform.workbench import ACCOUNT, PATH_STYLE, REGION, Workbench, provider_mirror

from benchmarks.harness import Row

RUNS = 3
# Those of the test are a network of examples, which preflight refuses.
PRODUCTION = {**VARIABLES, "profile": "prod", "allowed_cidrs": ["81.2.69.0/24"]}
MAX_SECONDS = 60.0
_BACKEND = """terraform {{
  backend "s3" {{
    bucket       = "{bucket}"
    key          = "{key}"
    region       = "{region}"
    encrypt      = true
    use_lockfile = true
  }}
}}
"""


def measure() -> list[Row]:
    """One row, where Terraform and its provider are here: preflight's median of three runs, Terraform's of one."""
    try:
        provider_mirror()
    except pytest.skip.Exception as missing:
        print(f"preflight: not measured: {missing}")
        return []
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    folder = Path(tempfile.mkdtemp(prefix="cb-"))
    # moto reads it when it is imported; the number that it has else is an example's, which the stack refuses.
    os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT
    from tests.fakes.aws_account import serving
    from tests.operations.preflight.cloud import world

    try:
        with serving() as account:
            world.CloudWorld(account)
            bench = _bench(folder, account.url)
            planned = _planned(bench)
            backend = _BACKEND.format(bucket=world.BUCKET, key=world.KEY, region=REGION)
            (bench.root / "platform" / "backend.tf").write_text(backend)
            runs = [_preflight(bench) for _ in range(RUNS)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    seconds, made = statistics.median(each for each, _ in runs), runs[0][1]
    return [
        Row(
            "preflight.aws",
            seconds / planned,
            {"terraform_plan_seconds": planned},
            {"seconds": seconds, "checks": made},
            "at most 60 s",
            seconds <= MAX_SECONDS,
        )
    ]


def _bench(folder: Path, url: str) -> Workbench:
    """A copy of the stack with values for production, pointed at the account."""
    bench = Workbench(folder, provider_mirror())
    bench.environment.update({"AWS_ENDPOINT_URL": url, "AWS_ENDPOINT_URL_S3": url, "AWS_REGION": REGION})
    (bench.root / "platform" / "provider_override.tf").write_text(PATH_STYLE)
    (bench.root / "platform" / "terraform.tfvars.json").write_text(json.dumps(PRODUCTION))
    bench.run("platform", "init", "-input=false", "-lockfile=readonly")
    return bench


def _planned(bench: Workbench) -> float:
    """How long Terraform takes to make the plan, which is kept as JSON."""
    began = time.perf_counter()
    bench.run("platform", "plan", "-input=false", "-out=whole.tfplan")
    took = time.perf_counter() - began
    (bench.root / "plan.json").write_text(bench.run("platform", "show", "-json", "whole.tfplan"))
    return took


def _preflight(bench: Workbench) -> tuple[float, int]:
    """Seconds from start to end, and how many checks were not skipped; it must find nothing broken."""
    stack = bench.root / "platform"
    asked = ("--cloud", "aws", "--tfvars", stack, "--stack", stack, "--plan", bench.root / "plan.json", "--json")
    began = time.perf_counter()
    ran = subprocess.run(
        [sys.executable, "-m", "codemie.cli", "preflight", *map(str, asked)],
        env=bench.environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    took = time.perf_counter() - began
    if ran.returncode:
        raise RuntimeError(f"preflight ended with {ran.returncode}: {_broken(ran.stdout)}{ran.stderr}")
    return took, sum(check["status"] != "skip" for check in json.loads(ran.stdout)["checks"])


def _broken(told: str) -> str:
    checks = json.loads(told)["checks"] if told else []
    return "; ".join(f"{check['id']}: {check['detail']}" for check in checks if check["status"] == "fail")
