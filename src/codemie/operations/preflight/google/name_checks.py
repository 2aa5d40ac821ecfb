"""Checks of names: the bucket's, which is the world's, those of the project, and the zone of the domain."""

import datetime as dt

from codemie.checks.check import Check, check
from codemie.checks.report import Finding, failed, passed, unknown, warned
from codemie.operations.cloud.google.refusals import Refused, unseen
from codemie.operations.cloud.google.way import Thing
from codemie.operations.preflight.google.project import Project

_RESERVED = dt.timedelta(days=7)
"""How long the name of a database stays taken after it was deleted."""
_WORKLOADS = ("api", "worker")


@check(
    "tf.names.free",
    title="Names that are the world's are free, or yours",
    symptom="The apply stops with 409: the requested bucket name is not available.",
    remedy=("Choose another name in the values",),
    phase="names",
    faq=("F37",),
    needs=("tf.creds.account", "tf.names.rules"),
    timeout=20,
)
async def free(project: Project) -> Finding:
    """Names of buckets are shared by all projects, and somebody else has this one; or it is left over from before."""
    bucket = f"{project.name}-data-{project.suffix}"
    place = f"gs://{bucket}"
    try:
        told = await project.google.ask("storage", f"b/{bucket}")
    except Refused as error:
        if error.is_missing:
            return passed(f"{bucket} is free")
        if not error.is_denied:
            raise unseen(error, project.id, "storage.buckets.get") from error
        if "storage.buckets.get" in await _lacking(project):
            raise unseen(error, project.id, "storage.buckets.get") from error
        return failed(f"The bucket {bucket} is somebody else's", *free.remedy, **{place: str(error.status)})
    number = str((await project.told()).get("name")).partition("/")[2]
    owner = str(told.get("projectNumber") or "")
    if owner != number:
        text = f"The bucket {bucket} is of the project {owner or 'of others'}"
        return failed(text, *free.remedy, **{place: f"project {owner}"})
    if await project.is_made():
        return passed(f"{bucket} is there, and this project's, as is the stack")
    return warned(
        f"The bucket {bucket} is this project's already, and the stack's cluster is not there",
        "If an apply broke off, its state has the bucket: go on with the same state",
        "Else import it, delete it, or choose another name",
        **{place: "there"},
    )


async def _lacking(project: Project) -> set[str]:
    """Of the right to look at buckets: whether it is missing in the project, so that 403 says nothing of the owner."""
    asked = {"permissions": ["storage.buckets.get"]}
    path = f"projects/{project.id}:testIamPermissions"
    told = await project.google.see("resource_manager_v3", path, "resourcemanager.projects.get", asked)
    return {"storage.buckets.get"} - set(told.get("permissions") or ())


@check(
    "tf.names.unused",
    title="Nothing else in the project has the names of the stack",
    symptom="The apply stops with 409: already exists, in the middle.",
    remedy=(
        "If an apply broke off, its state has them: go on with the same state",
        "Else import them with terraform import, delete them, or choose another name in the values",
    ),
    phase="names",
    faq=("F37",),
    needs=("tf.account.services", "tf.names.rules"),
    timeout=60,
)
async def unused(project: Project) -> Finding:
    """An older stack was taken away by halves; or it was, and Google keeps the names.

    A key ring and its keys can never be deleted, and the name of a database stays taken for a week.
    """
    if await project.is_made():
        return passed("They are those of the stack, whose cluster is there")
    there = {shown: "there" for shown, question in _wanted(project).items() if await project.google.one(*question)}
    remedy = list(unused.remedy)
    if ring := next((each for each in there if each.startswith("key ring")), None):
        place = f"projects/{project.id}/locations/{project.region}/keyRings/{project.name}"
        remedy.insert(0, f"A key ring stays for ever: terraform import module.keys.google_kms_key_ring.this {place}")
        there[ring] = "there, and cannot be deleted"
    if taken := await _reserved(project):
        there[f"database {_database(project)}"] = taken
        remedy.insert(0, "Wait until its name is free, or choose another name")
    if there:
        return warned(f"{', '.join(there)}: there already, or taken", *remedy, **there)
    return passed(f"None of {len(_wanted(project)) + 1} is there")


def _database(project: Project) -> str:
    return f"{project.name}-database-{project.suffix}"


def _wanted(project: Project) -> dict[str, tuple[str, str, str]]:
    """What the stack would make, for people → service, path, and the permission it takes to look."""
    name, parent = project.name, f"projects/{project.id}"
    accounts = {
        f"account {name}-{each}": (
            "iam",
            f"{parent}/serviceAccounts/{name}-{each}@{project.id}.iam.gserviceaccount.com",
            "iam.serviceAccounts.get",
        )
        for each in ("nodes", *(project.values.get("service_accounts") or _WORKLOADS))
    }
    ring = f"{parent}/locations/{project.region}/keyRings/{name}"
    return {
        f"network {name}": ("compute", f"{parent}/global/networks/{name}", "compute.networks.get"),
        f"key ring {name}": ("kms", ring, "cloudkms.keyRings.get"),
        f"database {_database(project)}": ("sql", f"{parent}/instances/{_database(project)}", "cloudsql.instances.get"),
        **accounts,
    }


async def _reserved(project: Project) -> str:
    """When a database of the name was deleted, where that is less than a week ago; empty where none was."""
    # Of the whole project: of a database that is gone, a list of its own may not be there any more.
    path = f"projects/{project.id}/operations"
    listed = await project.google.every("sql", path, "items", "cloudsql.instances.get")
    ends = [_end(each) for each in listed if _is_deletion(each, _database(project))]
    last = max((each for each in ends if each), default=None)
    if last is None or dt.datetime.now(dt.UTC) - last > _RESERVED:
        return ""
    return f"deleted {last:%Y-%m-%d %H:%M} UTC, its name may be taken until {last + _RESERVED:%Y-%m-%d %H:%M}"


def _is_deletion(operation: Thing, name: str) -> bool:
    return (operation.get("operationType"), operation.get("targetId")) == ("DELETE", name)


def _end(operation: Thing) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(str(operation.get("endTime")))
    except ValueError:
        return None


@check(
    "tf.names.zone",
    title="The project holds the public zone of the domain",
    symptom="terraform plan says: the managed zone was not found.",
    remedy=(
        "Make it: gcloud dns managed-zones create NAME --dns-name=ZONE. --description=-; name its servers above it",
        "Or give the name of the zone that holds the domain as zone_name: gcloud dns managed-zones list",
    ),
    phase="names",
    faq=("F55",),
    needs=("tf.account.services", "tf.names.domain"),
    timeout=20,
)
async def zone(project: Project) -> Finding:
    """The stack makes records in a managed zone that must be there, in the same project, public, and of the domain."""
    name, domain = str(project.values.get("zone_name") or ""), str(project.values.get("domain") or "")
    if not name or not domain:
        return unknown("The domain or its zone is not given", "Give domain and zone_name with --tfvars")
    told = await project.google.one("dns", f"projects/{project.id}/managedZones/{name}", "dns.managedZones.get")
    if told is None:
        return failed(f"There is no managed zone {name}", *zone.remedy, **{"Cloud DNS": "no zone of this name"})
    of = str(told.get("dnsName") or "").rstrip(".")
    seen = {"Cloud DNS": f"{name}: {of}, {told.get('visibility') or 'public'}"}
    if told.get("visibility") == "private":
        return failed(f"The zone {name} is private", *zone.remedy, **seen)
    if domain != of and not domain.endswith(f".{of}"):
        return failed(f"The zone {name} is of {of}, which does not hold {domain}", *zone.remedy, **seen)
    return passed(f"{name} is there, of {of}", **seen)


CHECKS: tuple[Check, ...] = (free, unused, zone)
