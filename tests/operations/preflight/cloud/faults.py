"""What may be wrong with the bucket of states and the account: each turns exactly its own check red."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from codemie.checks.report import Status
from tests.fakes.aws_account import REGION
from tests.operations.injection import Fault
from tests.operations.preflight.cloud.world import BUCKET, KEY, PRIVATE, TABLE, CloudWorld, state


@dataclass(frozen=True)
class CloudFault(Fault):
    """A fault of the account on moto."""

    inject: Callable[[CloudWorld], object] = lambda _: None


def _block(**values: Any) -> Callable[[CloudWorld], None]:
    return lambda world: world.backend.update(values)


def _local(world: CloudWorld) -> None:
    world.kind = "local"


def _gone(world: CloudWorld) -> None:
    for version in world.s3.list_object_versions(Bucket=BUCKET)["Versions"]:
        world.s3.delete_object(Bucket=BUCKET, Key=version["Key"], VersionId=version["VersionId"])
    world.s3.delete_bucket(Bucket=BUCKET)


def _foreign(world: CloudWorld) -> None:
    world.account.foreign.add(BUCKET)


def _suspended(world: CloudWorld) -> None:
    world.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})


def _open(world: CloudWorld) -> None:
    blocks = {**PRIVATE, "BlockPublicPolicy": False}
    world.s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=blocks)


def _written(body: bytes) -> Callable[[CloudWorld], None]:
    return lambda world: world.put(body)


def lock_of(hours: float) -> bytes:
    """A lock as Terraform 1.11 writes it."""
    created = dt.datetime.now(dt.UTC) - dt.timedelta(hours=hours)
    told = {"ID": "8f4b1c2e", "Operation": "OperationTypeApply", "Who": "ci@runner-7", "Created": created.isoformat()}
    return json.dumps(told).encode()


def _locked(hours: float) -> Callable[[CloudWorld], None]:
    return lambda world: world.put(lock_of(hours), ".tflock")


def _item(world: CloudWorld, name: str, **values: str) -> None:
    item = {"LockID": name, **values}
    world.account.client("dynamodb").put_item(TableName=TABLE, Item={key: {"S": value} for key, value in item.items()})


def _locked_in_table(world: CloudWorld) -> None:
    _item(world, f"{BUCKET}/{KEY}", Info=lock_of(30).decode())


def _undated(world: CloudWorld) -> None:
    world.put(b"somebody was here", ".tflock")


def _other_key(world: CloudWorld) -> None:
    _no_table(world)
    world.make_table("Lock")


def _no_table(world: CloudWorld) -> None:
    world.account.client("dynamodb").delete_table(TableName=TABLE)


def _disabled(world: CloudWorld) -> None:
    world.account.client("kms").disable_key(KeyId=world.key)


def _going(world: CloudWorld) -> None:
    world.account.client("kms").schedule_key_deletion(KeyId=world.key)


def _read_only(world: CloudWorld) -> None:
    world.account.read_only.add(BUCKET)


def _deleted(world: CloudWorld) -> None:
    world.s3.delete_object(Bucket=BUCKET, Key=KEY)


def _digest(world: CloudWorld) -> None:
    _item(world, f"{BUCKET}/{KEY}-md5", Digest="5d41402abc4b2a76b9719d911017c592")


_STATES = (
    CloudFault("tf.backend.present", "the state stays on this machine", inject=_local),
    CloudFault("tf.backend.encrypted", "the backend does not say encrypt", inject=_block(encrypt=False)),
    CloudFault("tf.backend.locked", "the backend names no lock", inject=_block(use_lockfile=False)),
    CloudFault("tf.backend.reachable", "the bucket is not there", inject=_gone),
    CloudFault("tf.backend.reachable", "the bucket is another account's", inject=_foreign),
    CloudFault("tf.backend.versioned", "versioning is suspended", inject=_suspended),
    CloudFault("tf.backend.private", "a block of public access is off", Status.WARN, _open),
    CloudFault("tf.state.integrity", "the state was emptied", inject=_written(b"")),
    CloudFault("tf.state.integrity", "the state was cut off", inject=_written(state(9)[:60])),
    CloudFault("tf.state.integrity", "an older state was put back", inject=_written(state(3))),
    CloudFault("tf.state.integrity", "the state of something else", inject=_written(state(9, lineage="two"))),
    CloudFault("tf.backend.table", "the table of locks is not there", inject=_no_table),
    CloudFault("tf.backend.table", "the table has another key", inject=_other_key),
    CloudFault("tf.backend.key", "the key was disabled", inject=_disabled),
    CloudFault("tf.backend.key", "the key is about to be deleted", inject=_going),
    CloudFault("tf.backend.writable", "the sign-in may only read", inject=_read_only),
    CloudFault("tf.state.integrity", "the state was deleted", inject=_deleted),
    CloudFault("tf.state.integrity", "a third of the resources is gone", Status.WARN, _written(state(9, resources=2))),
    CloudFault("tf.state.integrity", "all resources are gone", Status.WARN, _written(state(9, resources=0))),
    CloudFault("tf.state.integrity", "the digest in the table is another", inject=_digest),
    CloudFault("tf.state.lock", "a run holds the lock", Status.WARN, _locked(0.2)),
    CloudFault("tf.state.lock", "a lock does not say since when", Status.WARN, _undated),
    CloudFault("tf.state.lock", "a lock was left behind", inject=_locked(50)),
    CloudFault("tf.state.lock", "a lock was left behind in the table", inject=_locked_in_table),
)


def _signed_out(world: CloudWorld) -> None:
    import boto3

    world.session = boto3.Session(region_name=REGION)


def _refused(code: str) -> Callable[[CloudWorld], None]:
    return lambda world: world.account.errors.update(GetCallerIdentity=code)


def _ending(world: CloudWorld) -> None:
    import boto3

    world.session = boto3.Session("ACCESSKEYOFATEST0000", "planted-aws-secret", "token", region_name=REGION)
    end = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=10)
    world.environment["AWS_CREDENTIAL_EXPIRATION"] = end.isoformat()


def _valued(**values: Any) -> Callable[[CloudWorld], None]:
    return lambda world: world.values.update(values)


def _switched_off(world: CloudWorld) -> None:
    world.region = "ap-east-1"


def _denied(decision: str) -> Callable[[CloudWorld], None]:
    return lambda world: world.account.denied.update({"ec2:CreateVpc": decision})


def _without_factor(world: CloudWorld) -> None:
    world.account.with_factor = {"ec2:DescribeAvailabilityZones"}


def _limited(code: str, most: float = 0) -> Callable[[CloudWorld], None]:
    return lambda world: world.account.limits.update({code: most})


def _taken(world: CloudWorld) -> None:
    world.account.foreign.add("codemie-data-123456789012")


def _logs_taken(world: CloudWorld) -> None:
    world.account.foreign.add("codemie-logs-123456789012")


def _left_over(world: CloudWorld) -> None:
    place = {"LocationConstraint": REGION}
    world.s3.create_bucket(Bucket="codemie-data-123456789012", CreateBucketConfiguration=place)


def _role_left_over(world: CloudWorld) -> None:
    world.account.client("iam").create_role(RoleName="codemie-control-plane", AssumeRolePolicyDocument="{}")


def _private_zone(world: CloudWorld) -> None:
    world.values["domain"] = "inside.acme.test"
    network = world.account.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    world.account.client("route53").create_hosted_zone(
        Name="inside.acme.test",
        CallerReference="2",
        HostedZoneConfig={"PrivateZone": True},
        VPC={"VPCRegion": REGION, "VPCId": network},
    )


_ACCOUNT = (
    CloudFault("tf.creds.present", "nobody is signed in", inject=_signed_out),
    CloudFault("tf.creds.valid", "the sign-in has expired", inject=_refused("ExpiredToken")),
    CloudFault("tf.creds.valid", "the access key was withdrawn", inject=_refused("InvalidClientTokenId")),
    CloudFault("tf.creds.account", "it is another account", inject=_valued(account_id="210987654321")),
    CloudFault("tf.creds.expiry", "the sign-in ends in ten minutes", inject=_ending),
    CloudFault("tf.creds.mfa", "the policies want a second factor", inject=_without_factor),
    CloudFault("tf.account.region", "the region is switched off", inject=_switched_off),
    CloudFault("tf.iam.actions", "an action is denied", inject=_denied("explicitDeny")),
    CloudFault("tf.iam.actions", "no rule allows an action", Status.WARN, _denied("implicitDeny")),
    CloudFault("tf.quota.vcpus", "too few processors are allowed", inject=_limited("L-1216C47A", 16)),
    CloudFault("tf.quota.vpcs", "no further VPC is allowed", inject=_limited("L-F678F1CE", 1)),
    CloudFault("tf.quota.vpcs", "the last VPC that is allowed", Status.WARN, _limited("L-F678F1CE", 2)),
    CloudFault("tf.quota.addresses", "too few public addresses are allowed", inject=_limited("L-0263D0A3", 2)),
    CloudFault("tf.quota.clusters", "no further cluster is allowed", inject=_limited("L-1194D53C")),
    CloudFault("tf.quota.databases", "no further database is allowed", inject=_limited("L-7B6409FD")),
    CloudFault("tf.quota.web_balancers", "no load balancer for pages is allowed", inject=_limited("L-53DA6B97")),
    CloudFault("tf.quota.agent_balancers", "no load balancer for agents is allowed", inject=_limited("L-69A177A2")),
    CloudFault("tf.names.free", "the bucket's name is somebody else's", inject=_taken),
    CloudFault("tf.names.free", "the name of the logs' bucket is taken", inject=_logs_taken),
    CloudFault("tf.names.free", "a bucket is left over from before", Status.WARN, _left_over),
    CloudFault("tf.names.unused", "a role is left over from before", Status.WARN, _role_left_over),
    CloudFault("tf.names.zone", "the account has no such zone", inject=_valued(domain="ai.other.test")),
    CloudFault("tf.names.zone", "the zone is private", inject=_private_zone),
)

FAULTS: tuple[CloudFault, ...] = (*_STATES, *_ACCOUNT)
