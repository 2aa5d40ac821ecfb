"""What Terraform plans for production is as `codemiectl preflight` wants it."""

import json
from pathlib import Path

import pytest

from codemie.checks.report import Status
from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.operations.preflight.checks import PLAN
from codemie.operations.preflight.plan_checks import JudgedPlan, judged
from codemie.operations.terraform.plan import plan_of
from tests.deploy.terraform.conftest import Aws
from tests.deploy.terraform.test_aws_apply import DOMAIN, VARIABLES
from tests.deploy.terraform.workbench import PATH_STYLE, Workbench, provider_mirror

pytestmark = pytest.mark.timeout(600)


async def test_a_plan_for_production_has_nothing_to_complain_of(aws: Aws, tmp_path: Path) -> None:
    aws.client("route53").create_hosted_zone(Name=DOMAIN, CallerReference="the zone that is there already")
    bench = Workbench(tmp_path, provider_mirror())
    bench.environment.update(aws.environment)
    (bench.root / "platform" / "provider_override.tf").write_text(PATH_STYLE)
    (bench.root / "platform" / "terraform.tfvars.json").write_text(json.dumps({**VARIABLES, "profile": "prod"}))
    bench.run("platform", "init", "-input=false", "-lockfile=readonly")
    bench.run("platform", "plan", "-input=false", "-out=whole.tfplan")
    plan = plan_of(json.loads(bench.run("platform", "show", "-json", "whole.tfplan")), "whole.tfplan")

    report = await run("preflight", PLAN, Sources().offer(JudgedPlan, judged(plan, None)), Options())

    assert {check.id: check.finding.detail for check in report.checks if check.status is not Status.PASS} == {}
    assert len(plan.changes) > 90
