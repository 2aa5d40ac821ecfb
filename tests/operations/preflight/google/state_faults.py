"""Buckets of states that are not as they should be, states that are not whole, and locks that were left behind."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

from codemie.checks.report import Status
from tests.operations.preflight.cloud.world import state
from tests.operations.preflight.google.injecting import GoogleFault
from tests.operations.preflight.google.world import BUCKET, KEY, LOCK, STATE, GoogleWorld

_PLACE = f"storage/b/{BUCKET}"


def _bucket(**facts: Any) -> Callable[[GoogleWorld], object]:
    return lambda world: world.cloud.put(_PLACE, **facts)


def _foreign(world: GoogleWorld) -> None:
    world.cloud.errors[_PLACE] = (403, "", "forbidden", "deployer does not have storage.buckets.get access")


def _gone(world: GoogleWorld) -> None:
    del world.cloud.things[_PLACE]


def _key(state: str) -> Callable[[GoogleWorld], object]:
    return lambda world: world.cloud.put(f"kms/{KEY}", name=KEY, primary={"state": state})


def _lacking(permission: str) -> Callable[[GoogleWorld], object]:
    # Rights on one bucket: in the project itself it holds them all.
    return lambda world: world.cloud.lacking_at_bucket.add(permission)


def written(body: bytes) -> Callable[[GoogleWorld], object]:
    """Another state is there."""
    return lambda world: world.cloud.write(BUCKET, STATE, body)


def _deleted(world: GoogleWorld) -> None:
    world.cloud.deleted.add((BUCKET, STATE))


def locked(hours: float) -> Callable[[GoogleWorld], object]:
    """Somebody holds the lock since so many hours."""
    since = dt.datetime.now(dt.UTC) - dt.timedelta(hours=hours)
    told = {"ID": "8f4b1c2e", "Operation": "OperationTypeApply", "Who": "ci@runner-7", "Created": since.isoformat()}
    return lambda world: world.cloud.write(BUCKET, LOCK, json.dumps(told).encode())


FAULTS: tuple[GoogleFault, ...] = (
    GoogleFault(
        "tf.backend.reachable", "there is no bucket of Google", inject=lambda world: world.cloud.things.pop(_PLACE)
    ),
    GoogleFault("tf.backend.reachable", "the bucket of Google is somebody else's", inject=_foreign, says="403"),
    GoogleFault("tf.backend.versioned", "the bucket of Google keeps no versions", inject=_bucket(versioning={})),
    GoogleFault(
        "tf.backend.private",
        "public access is left to the organisation",
        Status.WARN,
        _bucket(
            iamConfiguration={"publicAccessPrevention": "inherited", "uniformBucketLevelAccess": {"enabled": True}}
        ),
        "publicAccessPrevention",
    ),
    GoogleFault("tf.backend.key", "the key of Cloud KMS is disabled", inject=_key("DISABLED"), says="DISABLED"),
    GoogleFault(
        "tf.backend.key", "the key of Cloud KMS is not there", inject=lambda world: world.cloud.things.pop(f"kms/{KEY}")
    ),
    GoogleFault(
        "tf.backend.writable",
        "nothing may be written to the bucket of Google",
        inject=_lacking("storage.objects.create"),
        says="storage.objects.create",
    ),
    GoogleFault(
        "tf.backend.writable",
        "what was written to Google cannot be deleted",
        inject=_lacking("storage.objects.delete"),
        says="cannot be deleted: storage.objects.delete",
    ),
    GoogleFault("tf.state.integrity", "a state at Google was cut off", inject=written(state(9)[:40])),
    GoogleFault("tf.state.integrity", "a state at Google was deleted", inject=_deleted, says="was deleted"),
    GoogleFault(
        "tf.state.integrity", "an older state was put back at Google", inject=written(state(3)), says="does not follow"
    ),
    GoogleFault(
        "tf.state.integrity",
        "resources are gone from a state at Google",
        Status.WARN,
        written(state(9, resources=1)),
        "2 of 3 resources",
    ),
    GoogleFault("tf.state.lock", "a lock at Google was left behind", inject=locked(50), says="probably left behind"),
    GoogleFault("tf.state.lock", "somebody works on the state at Google", Status.WARN, locked(0.1), "ci@runner-7"),
)
