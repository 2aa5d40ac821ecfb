"""Checks of the project itself: alive, paid for, with the services and the region that the stack needs."""

from codemie.checks.check import Check, check
from codemie.checks.report import Finding, failed, passed
from codemie.operations.preflight.google.project import Project

_ENABLED = "ENABLED"
_FIRST = ("cloudresourcemanager.googleapis.com", "iam.googleapis.com", "serviceusage.googleapis.com")
"""What Terraform asks before it can switch anything on, and what no resource of the stack switches on."""
BY_STACK = (
    "aiplatform.googleapis.com",
    "cloudkms.googleapis.com",
    "compute.googleapis.com",
    "container.googleapis.com",
    "dns.googleapis.com",
    "servicenetworking.googleapis.com",
    "sqladmin.googleapis.com",
)
"""What the stack switches on itself: `google_project_service` in its main.tf."""


@check(
    "tf.account.state",
    title="The project is alive",
    symptom="Every call of Terraform fails: the project is marked for deletion.",
    remedy=("Bring it back within 30 days: gcloud projects undelete PROJECT", "Or name another one in the values"),
    phase="creds",
    faq=("F34",),
    needs=("tf.creds.account",),
    timeout=20,
)
async def state(project: Project) -> Finding:
    """Somebody asked for its deletion, which Google waits with for 30 days."""
    told = str((await project.told()).get("state") or "STATE_UNSPECIFIED")
    if told != "ACTIVE":
        return failed(f"{project.id} is {told}", *state.remedy, **{project.id: told})
    return passed(f"{project.id} is active")


@check(
    "tf.account.billing",
    title="Somebody pays for the project",
    symptom="Services cannot be switched on: Terraform says that billing must be enabled.",
    remedy=(
        "Link an account: gcloud billing projects link PROJECT --billing-account ACCOUNT",
        "Where one is linked, look whether it is closed: gcloud billing accounts list",
    ),
    phase="creds",
    faq=("F34",),
    needs=("tf.account.state",),
    timeout=20,
)
async def billing(project: Project) -> Finding:
    """No account of billing is linked, or the one that is was closed: a trial that ended, a card that ran out."""
    told = await project.google.see(
        "cloud_billing", f"projects/{project.id}/billingInfo", "resourcemanager.projects.get"
    )
    linked = str(told.get("billingAccountName") or "")
    seen = {"billing account": linked or "none"}
    if told.get("billingEnabled") is not True:
        what = f"{linked} is closed" if linked else "No account of billing is linked"
        return failed(what, *billing.remedy, **seen)
    return passed("Somebody does", **seen)


@check(
    "tf.account.services",
    title="The services that the stack starts from are switched on",
    symptom="Terraform says SERVICE_DISABLED: an API has not been used in the project before or it is disabled.",
    remedy=(f"Switch them on: gcloud services enable {' '.join(_FIRST)} --project PROJECT", "Wait a minute or two"),
    phase="creds",
    faq=("F34",),
    needs=("tf.account.billing",),
    timeout=20,
)
async def services(project: Project) -> Finding:
    """The stack switches on what it uses, and needs three services for that, which a new project may not have."""
    parent = f"projects/{project.id}"
    names = [f"{parent}/services/{each}" for each in (*_FIRST, *BY_STACK)]
    told = await project.google.see(
        "service_usage", f"{parent}/services:batchGet", "serviceusage.services.get", names=names
    )
    states = {str(each["name"]).rpartition("/")[2]: str(each.get("state")) for each in told.get("services") or ()}
    off = [each for each in _FIRST if states.get(each) != _ENABLED]
    coming = [each for each in BY_STACK if states.get(each) != _ENABLED]
    seen = {each: states.get(each, "not told") for each in (*off, *coming)}
    if off:
        enable = f"gcloud services enable {' '.join(off)} --project {project.id}"
        return failed(f"Switched off: {', '.join(off)}", enable, *services.remedy[1:], **seen)
    if coming:
        return passed(f"They are; the stack switches on {len(coming)} further ones", **seen)
    return passed(f"They are, and so are the {len(BY_STACK)} that the stack switches on")


@check(
    "tf.account.region",
    title="The region is there, with the zones that the stack uses",
    symptom="Terraform says that the region or the zone is invalid.",
    remedy=("See which there are: gcloud compute regions list", "Choose another one in the values"),
    phase="creds",
    faq=("F34",),
    needs=("tf.account.services",),
    timeout=20,
)
async def region(project: Project) -> Finding:
    """There is no region of that name, it is down, or it has no zone b, where a trial puts its cluster."""
    path = f"projects/{project.id}/regions/{project.region}"
    told = await project.google.one("compute", path, "compute.regions.get")
    if told is None:
        return failed(f"Google knows no region {project.region}", *region.remedy, **{project.region: "not found"})
    zones = [str(each).rpartition("/")[2] for each in told.get("zones") or ()]
    seen = {project.region: str(told.get("status")), "zones": ", ".join(zones)}
    if told.get("status") != "UP":
        return failed(f"{project.region} is {told.get('status')}", *region.remedy, **seen)
    if not project.is_production and project.location not in zones:
        return failed(f"{project.region} has no zone {project.location}", *region.remedy, **seen)
    return passed(f"{project.region} is there, with {len(zones)} zones", **seen)


CHECKS: tuple[Check, ...] = (state, billing, services, region)
