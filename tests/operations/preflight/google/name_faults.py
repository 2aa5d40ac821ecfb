"""Names that are taken, zones that do not hold the domain, and quotas that are full."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from codemie.checks.report import Status
from tests.fakes.google_cloud import NUMBER, PROJECT, REGION
from tests.operations.preflight.google.injecting import GoogleFault
from tests.operations.preflight.google.world import PARENT, SUFFIX, GoogleWorld

BUCKET, DATABASE = f"codemie-data-{SUFFIX}", f"codemie-database-{SUFFIX}"
_RING = f"kms/{PARENT}/locations/{REGION}/keyRings/codemie"
_ZONE = f"dns/{PARENT}/managedZones/ai-acme-test"


def _taken(world: GoogleWorld) -> None:
    words = "deployer does not have storage.buckets.get access to the Google Cloud Storage bucket."
    world.cloud.errors[f"storage/b/{BUCKET}"] = (403, "", "forbidden", words)


def _bucket(number: str) -> Callable[[GoogleWorld], object]:
    return lambda world: world.cloud.put(f"storage/b/{BUCKET}", projectNumber=number)


def _there(path: str, **facts: Any) -> Callable[[GoogleWorld], object]:
    return lambda world: world.cloud.put(path, **facts)


def deleted(days: float) -> Callable[[GoogleWorld], object]:
    """The database was deleted so many days ago."""
    end = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
    return lambda world: world.cloud.put(
        f"sql/{PARENT}/operations/1",
        kind="sql#operation",
        operationType="DELETE",
        targetId=DATABASE,
        status="DONE",
        endTime=end.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    )


def _limited(metric: str, limit: float, usage: float = 0, *, regional: bool = True) -> Callable[[GoogleWorld], object]:
    return lambda world: world.limit(metric, limit, usage, regional=regional)


NAMES: tuple[GoogleFault, ...] = (
    GoogleFault("tf.names.free", "the bucket is somebody else's", inject=_taken, says="somebody else's"),
    GoogleFault("tf.names.free", "the bucket is of another project", inject=_bucket("111"), says="of the project 111"),
    GoogleFault(
        "tf.names.free", "a bucket is left over in the project", Status.WARN, _bucket(NUMBER), "this project's already"
    ),
    GoogleFault(
        "tf.names.unused", "a key ring is left over", Status.WARN, _there(_RING), "terraform import module.keys"
    ),
    GoogleFault(
        "tf.names.unused",
        "a service account is left over",
        Status.WARN,
        _there(f"iam/{PARENT}/serviceAccounts/codemie-nodes@{PROJECT}.iam.gserviceaccount.com"),
        "account codemie-nodes",
    ),
    GoogleFault(
        "tf.names.unused", "the database was deleted three days ago", Status.WARN, deleted(3), "may be taken until"
    ),
    GoogleFault(
        "tf.names.zone",
        "there is no such managed zone",
        inject=lambda world: world.cloud.things.pop(_ZONE),
        says="no managed zone",
    ),
    GoogleFault("tf.names.zone", "the managed zone is private", inject=_there(_ZONE, visibility="private")),
    GoogleFault(
        "tf.names.zone",
        "the managed zone is of another domain",
        inject=_there(_ZONE, dnsName="acme.test.eu."),
        says="hold",
    ),
)

LIMITS: tuple[GoogleFault, ...] = (
    GoogleFault(
        "tf.quota.vcpus",
        "the region has too few processors",
        inject=_limited("CPUS", 24, 1),
        says="--quota-id=CPUS-per-project-region --dimensions=region=europe-west3 --preferred-value=32",
    ),
    GoogleFault(
        "tf.quota.vcpus",
        "a trial has few processors in all regions",
        inject=_limited("CPUS_ALL_REGIONS", 12, regional=False),
        says="CPUS_ALL_REGIONS",
    ),
    GoogleFault(
        "tf.quota.vcpus",
        "the zone has no such machine",
        inject=lambda world: world.values.update(machine_type="e9-standard-4"),
        says="no machine of the type e9-standard-4",
    ),
    GoogleFault("tf.quota.disks", "the disks are more than 500 GB", inject=_limited("SSD_TOTAL_GB", 500)),
    GoogleFault("tf.quota.vpcs", "no further network is allowed", inject=_limited("NETWORKS", 5, 5, regional=False)),
    GoogleFault(
        "tf.quota.vpcs",
        "the last network that is allowed",
        Status.WARN,
        _limited("NETWORKS", 5, 4, regional=False),
    ),
    GoogleFault("tf.quota.addresses", "too few fixed addresses are allowed", inject=_limited("STATIC_ADDRESSES", 2)),
    GoogleFault(
        "tf.quota.web_balancers",
        "no policy of Cloud Armor is allowed",
        inject=_limited("SECURITY_POLICIES", 0, regional=False),
        says="SECURITY_POLICIES",
    ),
    GoogleFault(
        "tf.quota.agent_balancers",
        "no load balancer of agents is allowed",
        inject=_limited("EXTERNAL_NETWORK_LB_FORWARDING_RULES", 0),
    ),
)
