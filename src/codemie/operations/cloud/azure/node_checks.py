"""The check of pools of nodes: those that are wanted run."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from codemie.checks.check import Check, check
from codemie.checks.report import Finding, Status
from codemie.operations.cloud.azure.arm import Thing
from codemie.operations.cloud.azure.installed import COMPUTE, Installed, facts, power_of, state_of

_POOL_TAG = "aks-managed-poolName"
_AT_WORK = {"Creating", "Updating", "Upgrading", "Scaling", "Starting", "Stopping", "Deleting"}


@dataclass(frozen=True)
class Cause:
    """Why Azure started no machine, by what it says of it."""

    pattern: re.Pattern[str]
    text: str
    remedy: str


# https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/error-codes/
_CAUSES = (
    Cause(
        re.compile(r"QuotaExceeded|exceed\w* (?:the )?approved|Cores quota", re.IGNORECASE),
        "a limit of processors is reached",
        "Ask for more: codemiectl preflight --cloud azure --phase quota names limit and command",
    ),
    Cause(
        re.compile(r"ZonalAllocationFailed|OverconstrainedZonal", re.IGNORECASE),
        "the zone has no machines of this size left",
        "Try it again later, or choose another vm_size; the pools of other zones go on",
    ),
    Cause(
        re.compile(r"AllocationFailed|Overconstrained", re.IGNORECASE),
        "the region has no machines of this size left",
        "Try it again later, or choose another vm_size",
    ),
    Cause(
        re.compile(r"SkuNotAvailable|not available in location|RequestDisallowed", re.IGNORECASE),
        "the size is not offered to this subscription there",
        "Choose another vm_size: codemiectl preflight --cloud azure --only tf.quota.sizes",
    ),
    Cause(
        re.compile(r"SubnetIsFull|InsufficientSubnetSize", re.IGNORECASE),
        "the subnet has no address left",
        "See cloud.subnets",
    ),
    Cause(
        re.compile(r"VMExtension|OutboundConnFail|vmssCSE|exit status=5[0-2]", re.IGNORECASE),
        "nodes started and could not be set up: mostly they do not reach the internet",
        "See net.routes and net.sg.required",
    ),
)
_ANY = Cause(re.compile(""), "Azure could not do it", "Look at what Azure says of it: az aks nodepool show")


@dataclass(frozen=True)
class Pool:
    """A pool as it is now.

    Attributes:
        wanted: nodes that it should have.
        running: machines that run and were set up.
        power: whether somebody stopped it.
        state: how far Azure has come with it.
        said: what Azure complains of; empty where it does not.
    """

    name: str
    wanted: int
    running: int
    power: str
    state: str
    said: str

    def troubles(self, group: str, cluster: str) -> Iterator[tuple[Status, str, str]]:
        """What is wrong with it, each with a remedy."""
        of = f"--resource-group {group} --cluster-name {cluster} --name {self.name}"
        cause = next((each for each in _CAUSES if each.pattern.search(self.said)), _ANY)
        if self.power != "Running":
            yield Status.FAIL, f"{self.name} is {self.power}", f"az aks nodepool start {of}"
        elif self.state not in {"Succeeded", *_AT_WORK}:
            yield Status.FAIL, f"{self.name} is {self.state}: {cause.text}", cause.remedy
        elif self.wanted == 0:
            yield Status.FAIL, f"{self.name} is scaled to nothing", f"az aks nodepool update {of} --min-count 1"
        elif self.running < self.wanted and self.state in _AT_WORK:
            text = f"{self.name} has {self.running} of {self.wanted} nodes, and is {self.state}"
            yield Status.WARN, text, "Wait some minutes, and look again"
        elif self.running < self.wanted:
            text = f"{self.name} has {self.running} of {self.wanted} nodes"
            restart = f"az aks nodepool update {of}; a node that was deallocated by hand AKS does not start again"
            yield Status.FAIL, text, restart
        elif self.state in _AT_WORK:
            yield Status.WARN, f"{self.name} is {self.state}", "Wait until it is Succeeded"


@check(
    "cloud.nodegroup",
    title="The nodes that are wanted are there",
    symptom="Pods stay Pending; kubectl get nodes lists fewer nodes than the pools should have.",
    remedy=(
        "See what Azure says: az aks nodepool list --resource-group GROUP --cluster-name NAME",
        "Ask for more where a limit is reached: codemiectl preflight --cloud azure --phase quota",
    ),
    faq=("F42",),
    needs=("cloud.stack",),
    timeout=40,
)
async def nodes(made: Installed) -> Finding:
    """Somebody stopped a pool or machines of it, a limit is reached, or a zone has no machines of the size left.

    A pool has one zone, so the stack has one for each; what the autoscaler would add later, this does not see.
    """
    running = await _running(made)
    found = [_pool(each, running) for each in await made.pools()]
    seen = {each.name: f"{each.running} of {each.wanted} running, {each.state}" for each in found}
    wanted = {"default", *(f"zone{zone}" for zone in made.zones if zone != "1")}
    if gone := sorted(wanted - {each.name for each in found}):
        text = f"The cluster has no pool {', '.join(gone)}"
        return Finding(Status.FAIL, text, seen, ("Put it back: codemiectl tf plan, then codemiectl tf apply",))
    wrong = [one for each in found for one in each.troubles(f"{made.name}-platform", made.name)]
    seen |= {f"Azure says of {each.name}": each.said for each in found if each.said}
    if not wrong:
        return Finding(Status.PASS, f"{sum(each.running for each in found)} nodes run", seen)
    worst = min(wrong, key=lambda each: each[0] is not Status.FAIL)
    return Finding(worst[0], "; ".join(each[1] for each in wrong), seen, (worst[2], *nodes.remedy))


def _pool(told: Thing, running: dict[str, int]) -> Pool:
    own = facts(told)
    error: Any = cast("Thing", own.get("status") or {}).get("provisioningError") or {}
    said = " ".join(str(error.get(each)) for each in ("code", "message") if error.get(each))
    name = str(told["name"])
    wanted = int(own.get("count") or 0)
    return Pool(name, wanted, running.get(name, 0), power_of(told), state_of(told), said)


async def _running(made: Installed) -> dict[str, int]:
    """Pool → machines that run and were set up."""
    found: dict[str, int] = {}
    for each in await made.scale_sets():
        pool = str(cast("Thing", each.get("tags") or {}).get(_POOL_TAG) or each["name"])
        machines = await made.every(f"{each['id']}/virtualMachines", COMPUTE, expand="instanceView")
        found[pool] = found.get(pool, 0) + sum(map(_runs, machines))
    return found


def _runs(machine: Thing) -> bool:
    view: Any = facts(machine).get("instanceView") or {}
    codes = {str(each.get("code")) for each in view.get("statuses") or ()}
    return "PowerState/running" in codes and "ProvisioningState/succeeded" in codes


CHECKS: tuple[Check, ...] = (nodes,)
