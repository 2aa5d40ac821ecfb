"""Checks of the limits of a subscription in its region: what the stack needs still fits."""

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from codemie.checks.check import Check, check
from codemie.checks.report import Finding, Status, failed, passed, unknown, warned
from codemie.checks.sources import Unobservable
from codemie.operations.cloud.azure.arm import Thing
from codemie.operations.preflight.azure.account import AzureAccount
from codemie.operations.preflight.planned_nodes import groups

_COMPUTE_API, _NETWORK_API, _SKUS_API = "2024-07-01", "2024-05-01", "2021-07-01"
_RESERVE = 1.25
_NARROW = 0.8
_ENTRIES = 2
"""Fixed addresses for people and for agents, besides one for each NAT gateway."""
_TOTAL = "cores"


@dataclass(frozen=True)
class Use:
    """One limit, as Azure tells it.

    Attributes:
        name: such as `standardDSv5Family`.
        used: how many there are.
        limit: how many may be.
    """

    name: str
    used: int
    limit: int


@dataclass(frozen=True)
class Need:
    """What the stack makes of something.

    Attributes:
        names: of the limit, as Azure calls it; of several the first that it tells, for regions differ.
        count: how many.
    """

    names: tuple[str, ...]
    count: int


@dataclass(frozen=True)
class Quota:
    """A kind of limits.

    Attributes:
        id: of the check.
        what: what is counted, in words.
        provider: whose limits they are.
        version: of its API.
        needs: what the stack makes.
    """

    id: str
    what: str
    provider: str
    version: str
    needs: Callable[[AzureAccount], Awaitable[list[Need]]]


async def size_of(account: AzureAccount, kind: str) -> Thing:
    """What Azure tells of a size of machines in the region.

    Raises:
        Unobservable: it may not be looked, or there is no such size.
    """
    listed = await account.arm.every(
        f"{account.place}/providers/Microsoft.Compute/skus", _SKUS_API, filter=f"location eq '{account.location}'"
    )
    found = [each for each in listed if each.get("resourceType") == "virtualMachines" and each["name"] == kind]
    if not found:
        raise Unobservable(f"Azure knows no size {kind} in {account.location}", "See tf.quota.sizes")
    return found[0]


def capability(size: Thing, name: str) -> str:
    """One of what a size has; empty where it is not told."""
    listed = cast("list[Thing]", size.get("capabilities") or [])
    return next((str(each["value"]) for each in listed if each["name"] == name), "")


async def _processors(account: AzureAccount) -> list[Need]:
    """At most, with all nodes that come by themselves: of the family, and of all together."""
    needed: dict[str, int] = {}
    for kind, count in groups("azure", account.values):
        size = await size_of(account, kind)
        processors = int(capability(size, "vCPUs") or 0) * count
        for name in (str(size["family"]), _TOTAL):
            needed[name] = needed.get(name, 0) + processors
    return [Need((name,), count) for name, count in needed.items()]


def _fixed(count: Callable[[AzureAccount], int], *names: str) -> Callable[[AzureAccount], Awaitable[list[Need]]]:
    async def needs(account: AzureAccount) -> list[Need]:
        return [Need(names, count(account))]

    return needs


_QUOTAS = (
    Quota("tf.quota.vcpus", "processors of nodes (vCPU)", "Microsoft.Compute", _COMPUTE_API, _processors),
    Quota(
        "tf.quota.vpcs",
        "virtual networks",
        "Microsoft.Network",
        _NETWORK_API,
        _fixed(lambda _: 1, "VirtualNetworks"),
    ),
    Quota(
        "tf.quota.addresses",
        "public addresses",
        "Microsoft.Network",
        _NETWORK_API,
        _fixed(
            lambda account: account.zones + _ENTRIES, "IPv4StandardSkuPublicIpAddresses", "StandardSkuPublicIpAddresses"
        ),
    ),
    Quota(
        "tf.quota.web_balancers",
        "load balancers",
        "Microsoft.Network",
        _NETWORK_API,
        _fixed(lambda _: 1, "StandardSkuLoadBalancers"),
    ),
)


async def _uses(account: AzureAccount, quota: Quota) -> dict[str, Use]:
    path = f"{account.place}/providers/{quota.provider}/locations/{account.location}/usages"
    listed = await account.arm.every(path, quota.version)
    told = [(str(cast("Thing", each["name"])["value"]), each) for each in listed]
    return {name.lower(): Use(name, int(each["currentValue"]), int(each["limit"])) for name, each in told}


async def _judged(account: AzureAccount, quota: Quota) -> Finding:
    uses = await _uses(account, quota)
    needs = await quota.needs(account)
    if await account.is_made():
        needs = [Need(each.names, 0) for each in needs]
    findings = list[Finding]()
    for need in needs:
        use = next((uses[name.lower()] for name in need.names if name.lower() in uses), None)
        if use is None:
            raise Unobservable(
                f"Azure tells no limit {need.names[0]} in {account.location}",
                "Look in the portal: Quotas, of the region",
            )
        findings.append(_compared(account, quota, need, use))
    order = (Status.FAIL, Status.WARN, Status.PASS)
    return min(findings, key=lambda each: order.index(each.status))


def _compared(account: AzureAccount, quota: Quota, need: Need, use: Use) -> Finding:
    wanted = math.ceil((use.used + need.count) * _RESERVE)
    seen = {
        "limit of": use.name,
        "needed": need.count,
        "used": use.used,
        "limit": use.limit,
        "left": use.limit - use.used,
    }
    raised = (
        f"az quota update --resource-name {use.name} --limit-object value={wanted} --scope "
        f"{account.place}/providers/{quota.provider}/locations/{account.location}"
    )
    text = f"{use.used} used, {need.count} needed, {use.limit} allowed ({use.name})"
    if use.used + need.count > use.limit:
        return failed(text, raised, "Or ask in the portal: Quotas; or take away what is not used any more", **seen)
    if need.count and use.used + need.count > use.limit * _NARROW:
        return warned(text, f"It fits, with little left: {raised}", **seen)
    return passed(text, **seen)


def _check(quota: Quota) -> Check:
    async def look(account: AzureAccount) -> Finding:
        return await _judged(account, quota)

    look.__doc__ = (
        f"The subscription already has nearly as many {quota.what} in this region as Azure allows it, and the stack "
        "makes more."
    )
    of_sizes = ("tf.quota.sizes",) if quota.needs is _processors else ()
    return check(
        quota.id,
        title=f"The subscription may have as many {quota.what} as the stack needs",
        symptom="The apply stops in the middle with QuotaExceeded or OperationNotAllowed, or nodes never come.",
        remedy=("Ask Azure for more, in the region of the stack", "Take away what is not used any more"),
        phase="quota",
        faq=("F32", "F33"),
        needs=("tf.account.services", "tf.account.region", *of_sizes),
        timeout=60,
    )(look)


@check(
    "tf.quota.sizes",
    title="Machines of the planned size can be had in the region and its zones",
    symptom="The apply stops with SkuNotAvailable, or: the VM size is not allowed in your subscription in location.",
    remedy=(
        "Choose another vm_size: az vm list-skus --location REGION --size Standard_D --zone --output table",
        "Or ask Azure to lift the restriction: a support request of the kind Service and subscription limits",
    ),
    phase="quota",
    faq=("F32", "F34"),
    needs=("tf.account.services", "tf.account.region"),
    timeout=60,
)
async def sizes(account: AzureAccount) -> Finding:
    """Azure offers the size to no new subscription there, not in each zone, or it cannot encrypt on its machines."""
    seen = dict[str, str]()
    for kind, _ in groups("azure", account.values):
        try:
            size = await size_of(account, kind)
        except Unobservable as error:
            if "knows no size" not in str(error):
                raise
            return failed(str(error), *sizes.remedy, **{kind: "not offered"})
        zones = _zones(size, account.location)
        seen[kind] = f"zones {', '.join(sorted(zones)) or 'none'}"
        if _is_forbidden(size):
            return failed(f"{kind} is not offered to this subscription in {account.location}", *sizes.remedy, **seen)
        lacking = sorted({str(each + 1) for each in range(account.zones)} - zones)
        if lacking:
            return failed(f"{kind} cannot be had in zone {', '.join(lacking)}", *sizes.remedy, **seen)
        encrypts = capability(size, "EncryptionAtHostSupported")
        if encrypts == "False":
            return failed(f"{kind} cannot encrypt disks on its machines, as the stack asks", *sizes.remedy, **seen)
        if not encrypts:
            return unknown(f"Whether {kind} encrypts disks on its machines is not told", *sizes.remedy, **seen)
    return passed("They can", **seen)


def _zones(size: Thing, location: str) -> set[str]:
    """Those that it is offered in, without those that this subscription may not use."""
    listed = cast("list[Thing]", size.get("locationInfo") or [])
    offered = {zone for each in listed if each["location"].lower() == location for zone in each.get("zones") or ()}
    closed = {
        zone
        for each in cast("list[Thing]", size.get("restrictions") or [])
        if each.get("type") == "Zone"
        for zone in cast("Thing", each.get("restrictionInfo") or {}).get("zones") or ()
    }
    return offered - closed


def _is_forbidden(size: Thing) -> bool:
    return any(each.get("type") == "Location" for each in cast("list[Thing]", size.get("restrictions") or []))


CHECKS: tuple[Check, ...] = (sizes, *map(_check, _QUOTAS))
