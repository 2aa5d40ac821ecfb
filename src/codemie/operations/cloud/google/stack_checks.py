"""Checks that there is something to look at: the right project, what the stack made in it, and its nodes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from codemie.checks.check import Check, check
from codemie.checks.report import Finding, Status, failed, passed, warned
from codemie.operations.cloud.google.deployed import Deployed, named, path_of
from codemie.operations.cloud.google.refusals import Refused, unseen
from codemie.operations.cloud.google.way import Thing

_AT_WORK = {"PROVISIONING", "RECONCILING", "STOPPING"}
_PLAN = "Look at what Terraform would make again: codemiectl tf plan"


@check(
    "cloud.account",
    title="The sign-in sees the project of the stack",
    symptom="Nothing of the platform is found in the cloud, though it runs.",
    remedy=("Sign in as who may look into the project", "Or give the values of this installation with --tfvars"),
    faq=("F29",),
    timeout=20,
)
async def account(deployed: Deployed) -> Finding:
    """Another project is named than the one it runs in, or the sign-in has nothing to do there."""
    try:
        told = await deployed.project()
    except Refused as error:
        if error.is_off or not (error.is_missing or error.is_denied):
            raise unseen(error, deployed.google.project, "resourcemanager.projects.get") from error
        text = f"There is no project {deployed.google.project} that the sign-in may see"
        return failed(text, *account.remedy, **{"Google answers": f"{error.status} {error.code}"})
    return passed(f"It is {deployed.google.project}", number=named(str(told.get("name"))), state=told.get("state"))


@check(
    "cloud.stack",
    title="What the stack made is there, and its cluster works",
    symptom="The platform is gone, or kubectl reaches no cluster.",
    remedy=("Give the values that it was made with: --tfvars, with project_id, name and region", _PLAN),
    faq=("F42", "F45"),
    needs=("cloud.account",),
    timeout=20,
)
async def stack(deployed: Deployed) -> Finding:
    """Name or region are others than it was made with, somebody deleted it, or the cluster is in trouble."""
    network, cluster = await deployed.network(), await deployed.cluster()
    where = f"in {deployed.google.region} of {deployed.google.project}"
    if network is None:
        return failed(f"There is no network {deployed.name} {where}", *stack.remedy, network=deployed.name)
    if cluster is None:
        return failed(f"There is no cluster {deployed.name} {where}", *stack.remedy, network=deployed.name)
    status = str(cluster.get("status"))
    seen = {"cluster": f"{deployed.name}, {status}, {cluster.get('currentMasterVersion') or 'no version told'}"}
    if status in _AT_WORK:
        return warned(f"The cluster is {status}", "Wait until it is RUNNING: gcloud container operations list", **seen)
    if status != "RUNNING":
        return failed(f"The cluster is {status}", *_complaints(cluster), *stack.remedy, **seen)
    return passed(f"{deployed.name} is there {where}", **seen)


def _complaints(thing: Thing) -> list[str]:
    """What GKE says of a cluster or pool in trouble."""
    conditions = [
        f"{each.get('canonicalCode') or each.get('code')}: {each.get('message')}"
        for each in thing.get("conditions") or ()
    ]
    return [each for each in (str(thing.get("statusMessage") or ""), *conditions) if each]


@dataclass(frozen=True)
class Launch:
    """Why Google starts no machine.

    Attributes:
        pattern: of code and words of the error of the group.
    """

    pattern: re.Pattern[str]
    cause: str
    remedy: str


LAUNCHES: tuple[Launch, ...] = (
    Launch(
        re.compile(r"QUOTA", re.IGNORECASE),
        "a quota of the project is used up",
        "Ask for more: codemiectl preflight --cloud gcp --phase quota prints the request",
    ),
    Launch(
        re.compile(r"RESOURCE_POOL_EXHAUSTED|STOCKOUT|does not have enough resources", re.IGNORECASE),
        "the zone has no machine of this type left",
        "Choose another machine_type, or wait: capacity comes and goes",
    ),
    Launch(
        re.compile(r"IP_SPACE_EXHAUSTED|IP space", re.IGNORECASE),
        "the subnet has no address left",
        "See cloud.subnets",
    ),
    Launch(
        re.compile(r"KMS|cryptoKey", re.IGNORECASE),
        "the key that encrypts the disks of nodes cannot be used",
        "Look whether the key data of the key ring is enabled, and lets the service agent of Compute Engine use it",
    ),
    Launch(
        re.compile(r"PERMISSION|FORBIDDEN|constraint|orgpolicy|CONDITION_NOT_MET", re.IGNORECASE),
        "a policy of the organisation or a missing right forbids it",
        "Look at the policies of the organisation, and at the account of the nodes",
    ),
)


@dataclass(frozen=True)
class Pool:
    """A node pool as it is now.

    Attributes:
        status: as GKE tells.
        complaints: what GKE says of trouble.
        desired: nodes that are wanted.
        running: those that are there, with nothing left to do to them.
        errors: what Google says of machines that could not be started, the newest first.
    """

    name: str
    status: str
    complaints: tuple[str, ...] = ()
    desired: int = 0
    running: int = 0
    errors: tuple[str, ...] = ()


async def pools(deployed: Deployed) -> list[Pool]:
    """Every node pool of the cluster, with what its groups of machines tell.

    Raises:
        Unobservable: Google does not tell.
    """
    cluster = await deployed.cluster() or {}
    return [await _pool(deployed, each) for each in cluster.get("nodePools") or ()]


async def _pool(deployed: Deployed, told: Thing) -> Pool:
    right = "compute.instanceGroupManagers.get"
    links = [path_of(str(each)) for each in told.get("instanceGroupUrls") or ()]
    groups = [group for each in links if (group := await deployed.one("compute", each, right))]
    short = [
        link
        for link in links
        if (group := await deployed.one("compute", link, right)) and _running(group) < int(group["targetSize"])
    ]
    errors = [each for link in short for each in await deployed.every("compute", f"{link}/listErrors", "items", right)]
    newest = sorted(errors, key=lambda each: str(each.get("timestamp")), reverse=True)
    return Pool(
        name=str(told["name"]),
        status=str(told.get("status")),
        complaints=tuple(_complaints(told)),
        desired=sum(int(each["targetSize"]) for each in groups),
        running=sum(map(_running, groups)),
        errors=tuple(f"{each['error'].get('code')}: {each['error'].get('message')}" for each in newest),
    )


def _running(group: Thing) -> int:
    return int((group.get("currentActions") or {}).get("none") or 0)


def _troubles(found: list[Pool]) -> Iterator[Finding]:
    """What is wrong with each, those that stop the platform with the status of a failure."""
    for pool in found:
        if pool.status in {"ERROR", "RUNNING_WITH_ERROR"} and not pool.errors:
            yield failed(f"The pool {pool.name} is {pool.status}", *pool.complaints, _PLAN)
        if pool.desired == 0:
            others = any(each.desired for each in found if each is not pool)
            text = f"The pool {pool.name} is scaled to nothing"
            start = (
                f"gcloud container clusters resize CLUSTER --node-pool {pool.name} --num-nodes 1 --location LOCATION"
            )
            yield Finding(Status.WARN if others else Status.FAIL, text, remedy=(start,))
        if pool.running < pool.desired:
            yield _short(pool)
        elif pool.status in _AT_WORK:
            yield warned(f"The pool {pool.name} is {pool.status}", "Wait until it is RUNNING")


def _short(pool: Pool) -> Finding:
    text = f"The pool {pool.name} has {pool.running} of {pool.desired} nodes"
    if not pool.errors:
        return warned(f"{text}; none failed to start", "Wait some minutes, and look again")
    said = pool.errors[0]
    known = next((each for each in LAUNCHES if each.pattern.search(said)), None)
    cause = known.cause if known else "a machine could not be started"
    return failed(
        f"{text}: {cause}", known.remedy if known else "Look at what Google says of it", **{"Google says": said}
    )


@check(
    "cloud.nodegroup",
    title="The nodes that are wanted are there",
    symptom="Pods stay Pending; kubectl get nodes lists fewer nodes than the pool should have.",
    remedy=(
        "See why none starts: gcloud compute instance-groups managed list-errors GROUP --zone ZONE",
        "Ask for more where a quota is full: codemiectl preflight --cloud gcp --phase quota",
    ),
    faq=("F42",),
    needs=("cloud.stack",),
    timeout=30,
)
async def nodes(deployed: Deployed) -> Finding:
    """Somebody scaled the pool to nothing, or Google starts no more machines.

    It starts none where a quota is full, a zone has no machines of the type, the subnet has no address left, or the key
    of the disks cannot be used.
    """
    found = await pools(deployed)
    if not found:
        return failed("The cluster has no node pool", _PLAN)
    seen = {each.name: f"{each.running} of {each.desired} running, {each.status}" for each in found}
    wrong = list(_troubles(found))
    if not wrong:
        return passed(f"{sum(each.running for each in found)} nodes are running", **seen)
    worst = min(wrong, key=lambda each: each.status is not Status.FAIL)
    for each in wrong:
        seen |= each.evidence
    return Finding(worst.status, "; ".join(each.detail for each in wrong), seen, (*worst.remedy, *nodes.remedy))


CHECKS: tuple[Check, ...] = (account, stack, nodes)
