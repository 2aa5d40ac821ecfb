"""A good installation on AWS that is about to be made. Tests break one thing in it."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from codemie.checks.report import Report
from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.operations.preflight.checks import CHECKS
from codemie.operations.preflight.judgement import Judgement
from codemie.operations.preflight.plan_checks import JudgedPlan, judged
from codemie.operations.preflight.stack import read_stack, shipped
from codemie.operations.preflight.value_checks import Inputs
from codemie.operations.preflight.values import read_values
from codemie.operations.terraform.plan import plan_of


def good_values() -> dict[str, Any]:
    """What a person filled in."""
    return {
        "account_id": "210987654321",
        "region": "eu-central-1",
        "domain": "ai.acme.test",
        "allowed_cidrs": ["81.2.69.0/24"],
        "admin_principal_arns": ["arn:aws:iam::210987654321:role/admins"],
        "name": "codemie",
        "profile": "prod",
    }


def good_plan() -> dict[str, Any]:
    """What Terraform would do for them."""
    return json.loads((Path(__file__).parent / "plan.json").read_text())


@dataclass
class World:
    """Everything that preflight looks at.

    Attributes:
        values: for Terraform.
        appended: further text of their file.
        environment: variables.
        cloud: whose stack takes them.
        plan: a cut of what Terraform 1.11 planned for our stack, as `terraform show -json` told it.
    """

    folder: Path
    values: dict[str, Any] = field(default_factory=good_values)
    appended: str = ""
    environment: dict[str, str] = field(default_factory=dict[str, str])
    cloud: str = "aws"
    profile: str | None = None
    plan: dict[str, Any] = field(default_factory=good_plan)

    @property
    def tfvars(self) -> Path:
        """The values as a file of Terraform, readable for everybody."""
        file = self.folder / "terraform.tfvars"
        lines = [f"{name} = {json.dumps(value)}\n" for name, value in self.values.items()]
        file.write_text("".join(lines) + self.appended)
        file.chmod(0o644)
        return file

    async def report(self) -> Report:
        """What the checks say of it as it is now."""
        return await run("preflight", CHECKS, self.sources(), Options(timeout=30))

    def sources(self) -> Sources:
        """What they look through."""
        stack = read_stack(shipped(self.cloud))
        values = read_values([self.tfvars], self.environment, stack.variables)
        plan = judged(plan_of(self.plan, "plan.json"), self.profile)
        inputs = Inputs(Judgement(stack, values), values.problems, self.profile)
        return Sources().offer(Inputs, inputs).offer(JudgedPlan, plan)

    def change(self, kind: str) -> dict[str, Any]:
        """What the plan does to its resource of a type."""
        return next(item["change"] for item in self.plan["resource_changes"] if item["type"] == kind)
