"""A good account with a good state, on moto. Tests break one thing in it."""

import json
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from codemie.checks.report import Report
from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.operations.cloud.aws import Aws
from codemie.operations.preflight.account import Account
from codemie.operations.preflight.backend import Backend
from codemie.operations.preflight.backend_checks import States
from codemie.operations.preflight.checks import CHECKS
from tests.fakes.aws_account import REGION, AwsAccount

BUCKET, KEY, TABLE = "codemie-terraform-210987654321", "platform/terraform.tfstate", "locks"
DOMAIN = "ai.acme.test"
LIMITS = ("L-1216C47A", "L-F678F1CE", "L-0263D0A3", "L-1194D53C", "L-7B6409FD", "L-53DA6B97", "L-69A177A2")
PRIVATE = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}


def state(serial: int, *, lineage: str = "one", resources: int = 3) -> bytes:
    """A state as Terraform writes it."""
    things = [{"type": "aws_vpc", "name": str(number)} for number in range(resources)]
    return json.dumps({"version": 4, "serial": serial, "lineage": lineage, "resources": things}).encode()


def good_values() -> dict[str, Any]:
    """Of the stack, as far as an account is asked for them; the account is moto's."""
    return {"account_id": "123456789012", "name": "codemie", "domain": DOMAIN, "profile": "prod"}


@cache
def _shared(url: str) -> Aws:
    return Aws(REGION, _session(), url)


def _session() -> Any:
    import boto3

    return boto3.Session("ACCESSKEYOFATEST0000", "planted-aws-secret", region_name=REGION)


@dataclass
class CloudWorld:
    """What preflight asks a cloud of.

    Attributes:
        backend: values of the backend block.
        values: of the stack that is to be made.
        environment: variables of the process.
        session: the sign-in; None: one that may do everything.
        may_write: whether the bucket of states is tried.
    """

    account: AwsAccount
    kind: str = "s3"
    backend: dict[str, Any] = field(
        default_factory=lambda: {
            "bucket": BUCKET,
            "key": KEY,
            "region": REGION,
            "encrypt": True,
            "use_lockfile": True,
        }
    )

    values: dict[str, Any] = field(default_factory=good_values)
    environment: dict[str, str] = field(default_factory=dict[str, str])
    session: Any = None
    region: str = REGION
    may_write: bool = True

    def __post_init__(self) -> None:
        """All well."""
        self.account.reset()
        self.account.limits = dict.fromkeys(LIMITS, 1000.0)
        self.account.client("route53").create_hosted_zone(Name=DOMAIN, CallerReference="1")
        self.s3 = self.account.client("s3")
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        self.s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=PRIVATE)
        self.key = self.account.client("kms").create_key()["KeyMetadata"]["KeyId"]
        rule = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": self.key}
        self.s3.put_bucket_encryption(
            Bucket=BUCKET,
            ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": rule}]},
        )
        self.make_table("LockID")
        self.put(state(7))
        self.put(state(8))

    def put(self, body: bytes, suffix: str = "") -> None:
        """Write the state, or what lies beside it."""
        self.s3.put_object(Bucket=BUCKET, Key=KEY + suffix, Body=body)

    def make_table(self, key: str) -> None:
        """A table, with this key."""
        self.account.client("dynamodb").create_table(
            TableName=TABLE,
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )

    @property
    def aws(self) -> Aws:
        """The way to the account; one for all worlds, for making its clients takes a second."""
        if self.session is None and self.region == REGION:
            return _shared(self.account.url)
        return Aws(self.region, self.session or _session(), self.account.url)

    def sources(self) -> Sources:
        """What the checks look through."""
        backend = Backend(self.kind, "backend.tf:3", self.backend)
        states = States(_shared(self.account.url), BUCKET, KEY, TABLE, may_write=self.may_write)
        account = Account(self.aws, self.values, self.environment)
        return Sources().offer(Backend, backend).offer(States, states).offer(Account, account)

    async def report(self) -> Report:
        """What the checks say of it as it is now."""
        return await run("preflight", CHECKS, self.sources(), Options(timeout=60))
