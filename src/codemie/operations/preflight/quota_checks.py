"""Checks of the limits of an AWS account: what the stack needs still fits."""

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

from codemie.checks.check import Check, check
from codemie.checks.report import Finding, failed, passed, warned
from codemie.checks.sources import Unobservable
from codemie.operations.cloud.aws import Refused
from codemie.operations.preflight.account import Account
from codemie.operations.preflight.stack import decided, shipped

_RESERVE = 1.25
_NARROW = 0.8
_NONE_OF_ITS_OWN = {"NoSuchResourceException", "ResourceNotFoundException"}
_STANDARD = tuple("acdhimrtz")


@dataclass(frozen=True)
class Quota:
    """A limit of AWS.

    Attributes:
        id: of the check.
        what: what is counted, in words.
        service: as Service Quotas calls it.
        code: likewise.
        needed: how many the stack makes.
        used: how many there are.
    """

    id: str
    what: str
    service: str
    code: str
    needed: Callable[[Account], Awaitable[int]]
    used: Callable[[Account], Awaitable[int]]


async def _one(_: Account) -> int:
    return 1


def _decided(account: Account, name: str) -> Any:
    return decided(shipped("aws"), name, {"region": account.aws.region, **account.values})


async def _zones(account: Account) -> int:
    """An address for each NAT gateway: one a zone in production, else one."""
    return len(_decided(account, "zones")) if account.values.get("profile") != "dev" else 1


async def _vcpus_needed(account: Account) -> int:
    groups = cast("dict[str, dict[str, Any]]", _decided(account, "node_groups"))
    wanted = [(str(group["instance_types"][0]), int(group["max"])) for group in groups.values()]
    told = await account.aws.see("ec2", "describe_instance_types", InstanceTypes=sorted({kind for kind, _ in wanted}))
    sizes = {each["InstanceType"]: int(each["VCpuInfo"]["DefaultVCpus"]) for each in told["InstanceTypes"]}
    return sum(sizes[kind] * most for kind, most in wanted)


async def _vcpus_used(account: Account) -> int:
    reservations = await _all(account, "ec2", "describe_instances", "Reservations")
    instances = [each for reservation in reservations for each in reservation["Instances"]]
    counted = [each for each in instances if each["State"]["Name"] in {"running", "pending"}]
    standard = [each.get("CpuOptions") or {} for each in counted if each["InstanceType"].startswith(_STANDARD)]
    return sum(int(each.get("CoreCount", 1)) * int(each.get("ThreadsPerCore", 2)) for each in standard)


def _counted(service: str, operation: str, field: str, kind: str = "") -> Callable[[Account], Awaitable[int]]:
    """How many an operation lists; of load balancers those of a kind."""

    async def used(account: Account) -> int:
        listed = await _all(account, service, operation, field)
        return sum(1 for each in listed if not kind or each.get("Type") == kind)

    return used


async def _all(account: Account, service: str, operation: str, field: str) -> list[Any]:
    try:
        return await account.aws.every(service, operation, field)
    except Refused as error:
        raise Unobservable(
            f"AWS does not list what is used: {service} answers {error.code}", "Let the deployer's role look"
        ) from error


_QUOTAS = (
    Quota("tf.quota.vcpus", "processors of nodes (vCPU)", "ec2", "L-1216C47A", _vcpus_needed, _vcpus_used),
    Quota("tf.quota.vpcs", "VPCs", "vpc", "L-F678F1CE", _one, _counted("ec2", "describe_vpcs", "Vpcs")),
    Quota(
        "tf.quota.addresses",
        "public addresses (EIP)",
        "ec2",
        "L-0263D0A3",
        _zones,
        _counted("ec2", "describe_addresses", "Addresses"),
    ),
    Quota(
        "tf.quota.clusters", "clusters (EKS)", "eks", "L-1194D53C", _one, _counted("eks", "list_clusters", "clusters")
    ),
    Quota(
        "tf.quota.databases",
        "databases (RDS)",
        "rds",
        "L-7B6409FD",
        _one,
        _counted("rds", "describe_db_instances", "DBInstances"),
    ),
    Quota(
        "tf.quota.web_balancers",
        "application load balancers",
        "elasticloadbalancing",
        "L-53DA6B97",
        _one,
        _counted("elbv2", "describe_load_balancers", "LoadBalancers", "application"),
    ),
    Quota(
        "tf.quota.agent_balancers",
        "network load balancers",
        "elasticloadbalancing",
        "L-69A177A2",
        _one,
        _counted("elbv2", "describe_load_balancers", "LoadBalancers", "network"),
    ),
)


async def _limit(account: Account, quota: Quota) -> float:
    """The account's own limit, or the one that every account has."""
    for operation in ("get_service_quota", "get_aws_default_service_quota"):
        try:
            told = await account.aws.see("service-quotas", operation, ServiceCode=quota.service, QuotaCode=quota.code)
            return float(told["Quota"]["Value"])
        except Refused as error:
            # Only of what the account has none of its own the general one is true.
            if error.code not in _NONE_OF_ITS_OWN:
                raise Unobservable(f"AWS does not tell the limit: {error.code}", "Run again") from error
    raise Unobservable("AWS does not tell the limit", f"Look at it in the console: Service Quotas, {quota.code}")


async def _judged(account: Account, quota: Quota) -> Finding:
    limit = await _limit(account, quota)
    used = await quota.used(account)
    needed = 0 if await account.is_made() else await quota.needed(account)

    def ask(wanted: int) -> str:
        return (
            f"aws service-quotas request-service-quota-increase --service-code {quota.service} "
            f"--quota-code {quota.code} --desired-value {wanted} --region {account.aws.region}"
        )

    return weighed(used, needed, limit, ask, region=account.aws.region)


def weighed(used: int, needed: int, limit: float, ask: Callable[[int], str], **seen: str) -> Finding:
    """What a limit leaves for what is needed.

    Args:
        used: how many there are.
        needed: how many are to come.
        limit: how many may be.
        ask: the command that asks for so many.
        seen: where it was looked.
    """
    told = {"needed": needed, "used": used, "limit": f"{limit:g}", **seen}
    raised = ask(math.ceil((used + needed) * _RESERVE))
    text = f"{used} used, {needed} needed, {limit:g} allowed"
    if used + needed > limit:
        return failed(text, raised, "It takes hours to days; or take away what is not used any more", **told)
    if used + needed > limit * _NARROW and needed:
        return warned(text, f"It fits, with little left: {raised}", **told)
    return passed(text, **told)


def _check(quota: Quota) -> Check:
    async def look(account: Account) -> Finding:
        return await _judged(account, quota)

    look.__doc__ = f"The account already has nearly as many {quota.what} as AWS allows it, and the stack makes more."
    return check(
        quota.id,
        title=f"The account may have as many {quota.what} as the stack needs",
        symptom="The apply stops in the middle with LimitExceeded, or nodes never come.",
        remedy=("Ask AWS for more, in the region of the stack", "Take away what is not used any more"),
        phase="quota",
        faq=("F32", "F33"),
        needs=("tf.account.region",),
        timeout=60,
    )(look)


CHECKS: tuple[Check, ...] = tuple(map(_check, _QUOTAS))
