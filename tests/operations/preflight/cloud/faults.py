"""What may be wrong with the bucket of states and the account: each turns exactly its own check red."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from codemie.checks.report import Status
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
    world.backend["dynamodb_table"] = TABLE
    table = world.account.client("dynamodb")
    table.create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    item = {"LockID": name, **values}
    table.put_item(TableName=TABLE, Item={key: {"S": value} for key, value in item.items()})


def _locked_in_table(world: CloudWorld) -> None:
    _item(world, f"{BUCKET}/{KEY}", Info=lock_of(30).decode())


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
    CloudFault("tf.state.integrity", "all resources are gone", Status.WARN, _written(state(9, resources=0))),
    CloudFault("tf.state.integrity", "the digest in the table is another", inject=_digest),
    CloudFault("tf.state.lock", "a run holds the lock", Status.WARN, _locked(0.2)),
    CloudFault("tf.state.lock", "a lock was left behind", inject=_locked(50)),
    CloudFault("tf.state.lock", "a lock was left behind in the table", inject=_locked_in_table),
)

FAULTS: tuple[CloudFault, ...] = _STATES
