"""A good project of Google Cloud with a good state. Tests break one thing in it."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from codemie.checks.report import Checked, Report
from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.operations.preflight.backend import Backend
from codemie.operations.preflight.checks import checks_of
from codemie.operations.preflight.google.project import Project, project_of
from codemie.operations.preflight.google.states import GoogleStates, states_of
from tests.fakes.google_cloud import NUMBER, PROJECT, REGION, GoogleCloud
from tests.operations.preflight.cloud.world import state

DOMAIN = "ai.acme.test"
SUFFIX = hashlib.sha256(PROJECT.encode()).hexdigest()[:6]
REGIONAL = (
    "CPUS",
    "N2_CPUS",
    "SSD_TOTAL_GB",
    "STATIC_ADDRESSES",
    "IN_USE_ADDRESSES",
    "EXTERNAL_NETWORK_LB_FORWARDING_RULES",
)
GLOBAL = (
    "CPUS_ALL_REGIONS",
    "NETWORKS",
    "STATIC_ADDRESSES",
    "FORWARDING_RULES",
    "BACKEND_SERVICES",
    "SECURITY_POLICIES",
)
PARENT = f"projects/{PROJECT}"
BUCKET, PREFIX = f"codemie-terraform-{SUFFIX}", "platform"
STATE, LOCK = f"{PREFIX}/default.tfstate", f"{PREFIX}/default.tflock"
KEY = f"{PARENT}/locations/{REGION}/keyRings/states/cryptoKeys/data"


def good_values() -> dict[str, Any]:
    """Of the stack, as far as a project is asked for them."""
    return {
        "project_id": PROJECT,
        "region": REGION,
        "name": "codemie",
        "domain": DOMAIN,
        "zone_name": "ai-acme-test",
        "profile": "prod",
    }


@dataclass
class GoogleWorld:
    """What preflight asks Google Cloud of.

    Attributes:
        values: of the stack that is to be made.
        environment: variables of the process.
        state_environment: those by which who looks at states signs in.
        backend: values of the backend block.
        may_write: whether the bucket of states is tried.
    """

    cloud: GoogleCloud
    values: dict[str, Any] = field(default_factory=good_values)
    environment: dict[str, str] = field(default_factory=dict[str, str])
    state_environment: dict[str, str] = field(default_factory=dict[str, str])
    backend: dict[str, Any] = field(default_factory=lambda: {"bucket": BUCKET, "prefix": PREFIX})
    may_write: bool = True

    def __post_init__(self) -> None:
        """All well."""
        self.cloud.reset()
        self.environment = self.cloud.signed_in()
        self.state_environment = {**self.cloud.environment(), "GOOGLE_OAUTH_ACCESS_TOKEN": self.cloud.token}
        put = self.cloud.put
        put(f"resource_manager_v3/{PARENT}", name=f"projects/{NUMBER}", projectId=PROJECT, state="ACTIVE")
        put(
            f"cloud_billing/{PARENT}/billingInfo",
            name=f"{PARENT}/billingInfo",
            projectId=PROJECT,
            billingAccountName="billingAccounts/012345-567890-ABCDEF",
            billingEnabled=True,
        )
        zones = [f"https://www.googleapis.com/compute/v1/{PARENT}/zones/{REGION}-{letter}" for letter in "abc"]
        put(f"compute/{PARENT}/regions/{REGION}", status="UP", zones=zones, quotas=_quotas(REGIONAL))
        put(f"compute/{PARENT}", quotas=_quotas(GLOBAL))
        put(f"compute/{PARENT}/zones/{REGION}-b/machineTypes/e2-standard-4", guestCpus=4, memoryMb=16384)
        put(f"dns/{PARENT}/managedZones/ai-acme-test", dnsName=f"{DOMAIN}.", visibility="public")

        put(
            f"storage/b/{BUCKET}",
            location=REGION.upper(),
            projectNumber=NUMBER,
            versioning={"enabled": True},
            encryption={"defaultKmsKeyName": KEY},
            iamConfiguration={"publicAccessPrevention": "enforced", "uniformBucketLevelAccess": {"enabled": True}},
        )
        put(f"kms/{KEY}", name=KEY, primary={"name": f"{KEY}/cryptoKeyVersions/1", "state": "ENABLED"})
        self.cloud.write(BUCKET, STATE, state(7))
        self.cloud.write(BUCKET, STATE, state(8))

    def limit(self, metric: str, limit: float, usage: float = 0, *, regional: bool = True) -> None:
        """Another quota than the good one."""
        thing = self.cloud.things[f"compute/{PARENT}/regions/{REGION}" if regional else f"compute/{PARENT}"]
        next(each for each in thing["quotas"] if each["metric"] == metric).update(limit=limit, usage=usage)

    @property
    def project(self) -> Project:
        """The project as a run sees it."""
        return project_of(self.values, self.environment)

    def sources(self) -> Sources:
        """What the checks look through."""
        backend = Backend("gcs", "backend.tf:3", self.backend)
        states = states_of(backend, self.state_environment, may_write=self.may_write)
        return Sources().offer(Project, self.project).offer(Backend, backend).offer(GoogleStates, states)

    async def report(self) -> Report:
        """What the checks say of it as it is now."""
        return await run("preflight", checks_of("gcp", "gcs"), self.sources(), Options(timeout=30))


async def found(world: GoogleWorld, check: str) -> Checked:
    """What one check says."""
    return next(each for each in (await world.report()).checks if each.id == check)


def _quotas(metrics: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{"metric": each, "limit": 10000.0, "usage": 1.0} for each in metrics]
