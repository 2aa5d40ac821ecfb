"""Checks that there is something to look at: the right account, and in it what the stack made."""

from codemie.checks.check import Check, check
from codemie.checks.report import Finding, failed, passed, warned
from codemie.operations.cloud.made import Made

_AT_WORK = {"CREATING", "UPDATING", "PENDING"}


@check(
    "cloud.account",
    title="The sign-in is to the account of the stack",
    symptom="Nothing of the platform is found in the cloud, though it runs.",
    remedy=("Choose the profile of the account: AWS_PROFILE", "Or give the values of this installation with --tfvars"),
    faq=("F29",),
    timeout=20,
)
async def account(made: Made) -> Finding:
    """Another profile is chosen than the values are for, so that somebody else's cloud is looked at."""
    told = await made.one("sts", "get_caller_identity") or {}
    found, wanted = str(told.get("Account")), str(made.values.get("account_id") or "")
    seen = {"aws sts get-caller-identity": told.get("Arn")}
    if wanted and wanted != found:
        return failed(f"Signed in to {found}; the values are for {wanted}", *account.remedy, **seen)
    return passed(f"It is {found}", **seen)


@check(
    "cloud.stack",
    title="What the stack made is there, and its cluster works",
    symptom="The platform is gone, or kubectl reaches no cluster.",
    remedy=(
        "Give the values that it was made with: --tfvars, with name and region",
        "Look at what Terraform would make again: codemiectl tf plan",
    ),
    faq=("F42", "F45"),
    needs=("cloud.account",),
    timeout=20,
)
async def stack(made: Made) -> Finding:
    """Name or region are others than it was made with, somebody deleted it, or an update of the cluster failed."""
    network, cluster = await made.network(), await made.cluster()
    where = f"in {made.aws.region}"
    if network is None:
        return failed(f"There is no VPC {made.name} {where}", *stack.remedy, **{"tag Name": made.name})
    if cluster is None:
        return failed(f"There is no cluster {made.name} {where}", *stack.remedy, VPC=network["VpcId"])
    status = str(cluster["status"])
    seen = {"VPC": network["VpcId"], "cluster": f"{made.name}, {status}"}
    if status in _AT_WORK:
        return warned(f"The cluster is {status}", "Wait until it is ACTIVE; aws eks list-updates tells of what", **seen)
    if status != "ACTIVE":
        issues = [f"{each['code']}: {each['message']}" for each in cluster.get("health", {}).get("issues", [])]
        return failed(f"The cluster is {status}", *issues, *stack.remedy, **seen)
    return passed(f"{made.name} is there {where}", **seen)


CHECKS: tuple[Check, ...] = (account, stack)
