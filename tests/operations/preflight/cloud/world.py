"""A good account with a good state, on moto. Tests break one thing in it."""

import json
from dataclasses import dataclass, field
from typing import Any

from codemie.checks.report import Report
from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.operations.preflight.aws import Aws
from codemie.operations.preflight.backend import Backend
from codemie.operations.preflight.backend_checks import States
from codemie.operations.preflight.checks import CHECKS
from tests.fakes.aws_account import REGION, AwsAccount

BUCKET, KEY, TABLE = "codemie-terraform-210987654321", "platform/terraform.tfstate", "locks"
PRIVATE = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}


def state(serial: int, *, lineage: str = "one", resources: int = 2) -> bytes:
    """A state as Terraform writes it."""
    things = [{"type": "aws_vpc", "name": str(number)} for number in range(resources)]
    return json.dumps({"version": 4, "serial": serial, "lineage": lineage, "resources": things}).encode()


@dataclass
class CloudWorld:
    """What preflight asks a cloud of.

    Attributes:
        backend: values of the backend block.
    """

    account: AwsAccount
    kind: str = "s3"
    backend: dict[str, Any] = field(
        default_factory=lambda: {"bucket": BUCKET, "key": KEY, "region": REGION, "encrypt": True, "use_lockfile": True}
    )

    def __post_init__(self) -> None:
        """All well."""
        self.account.reset()
        self.s3 = self.account.client("s3")
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        self.s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=PRIVATE)
        self.put(state(7))
        self.put(state(8))

    def put(self, body: bytes, suffix: str = "") -> None:
        """Write the state, or what lies beside it."""
        self.s3.put_object(Bucket=BUCKET, Key=KEY + suffix, Body=body)

    @property
    def aws(self) -> Aws:
        """The way to the account."""
        return Aws(REGION, self.account.session(), self.account.url)

    def sources(self) -> Sources:
        """What the checks look through."""
        backend = Backend(self.kind, "backend.tf:3", self.backend)
        states = States(self.aws, BUCKET, KEY, str(self.backend.get("dynamodb_table") or ""))
        return Sources().offer(Backend, backend).offer(States, states)

    async def report(self) -> Report:
        """What the checks say of it as it is now."""
        return await run("preflight", CHECKS, self.sources(), Options(timeout=60))
