"""The check of the second factor: policies may refuse whoever has signed in without one, right as the password is."""

from collections.abc import Mapping
from typing import Any

from codemie.checks.check import Check, check
from codemie.checks.report import Finding, failed, passed, unknown
from codemie.checks.sources import Unobservable
from codemie.operations.cloud.aws import DENIED, Refused
from codemie.operations.preflight.account import Account
from codemie.operations.preflight.account_checks import principal_of
from codemie.operations.terraform.signatures import SIGNATURES

_KEY = "aws:MultiFactorAuthPresent"
_ALLOWED = "allowed"
_TRIED: Mapping[str, tuple[str, str, Mapping[str, Any]]] = {
    "ec2:DescribeAvailabilityZones": ("ec2", "describe_availability_zones", {"DryRun": True}),
    "rds:DescribeDBInstances": ("rds", "describe_db_instances", {"MaxRecords": 20}),
}
"""Actions that the stack takes and that change nothing: their service, operation and arguments."""


@check(
    "tf.creds.mfa",
    title="No policy waits for a second factor",
    symptom="Everything is refused with AccessDenied, although the role has the rights.",
    remedy=(
        "Sign in with it: aws sso login; or aws sts get-session-token --serial-number DEVICE --token-code CODE",
        "A role that wants it: aws sts assume-role with the same two options; Terraform itself asks nobody for a code",
        "In CI, give the job an identity whose policies do not want one",
    ),
    phase="creds",
    faq=("F31",),
    needs=("tf.creds.valid",),
    timeout=30,
)
async def factor(account: Account) -> Finding:
    """The policies allow the work only to who has shown a second factor, and this session has not.

    Two actions that change nothing are tried. Where one is denied, AWS is asked to simulate it with a second factor and
    without: only if the factor alone makes the difference does the check fail.
    """
    for action, (service, operation, arguments) in _TRIED.items():
        refusal = await _refused(account, service, operation, arguments)
        if refusal is None:
            continue
        seen = {action: refusal.code}
        if _says_so(refusal):
            return failed("AWS says that it wants a second factor", *factor.remedy, **seen)
        return await _compared(account, action, seen)
    return passed("Actions are answered without another factor", tried=", ".join(_TRIED))


async def _refused(account: Account, service: str, operation: str, arguments: Mapping[str, Any]) -> Refused | None:
    """The denial; None where the action is allowed."""
    try:
        await account.aws.ask(service, operation, **arguments)
    except Refused as error:
        return error if error.code in DENIED else None
    return None


def _says_so(error: Refused) -> bool:
    words = f"{error.code} {error}"
    known = next((each for each in SIGNATURES if each.pattern.search(words)), None)
    return known is not None and known.id == "tf.log.creds.mfa"


async def _compared(account: Account, action: str, seen: dict[str, str]) -> Finding:
    """What the factor alone would change."""
    _, arn = await account.caller()
    principal = await principal_of(account, arn)
    try:
        without, given = [await _simulated(account, principal, action, present) for present in ("false", "true")]
    except (Refused, Unobservable) as error:
        return unknown(
            f"{action} is denied, and whether a second factor would help cannot be seen: {error}",
            "Sign in with a second factor, and look again",
            **seen,
        )
    seen |= {f"simulated with {_KEY} = false": without, f"with {_KEY} = true": given}
    if given == _ALLOWED != without:
        return failed(f"{principal} may {action} only with a second factor", *factor.remedy, **seen)
    if without == _ALLOWED:
        told = f"{action} is denied by something that AWS does not simulate"
        return unknown(told, "Ask who looks after the organisation", **seen)
    return passed(f"{action} is denied with a second factor, too: see tf.iam.actions", **seen)


async def _simulated(account: Account, principal: str, action: str, present: str) -> str:
    told = await account.aws.see(
        "iam",
        "simulate_principal_policy",
        PolicySourceArn=principal,
        ActionNames=[action],
        ContextEntries=[
            {"ContextKeyName": _KEY, "ContextKeyValues": [present], "ContextKeyType": "boolean"},
            {
                "ContextKeyName": "aws:RequestedRegion",
                "ContextKeyValues": [account.aws.region],
                "ContextKeyType": "string",
            },
        ],
    )
    return str(told["EvaluationResults"][0]["EvalDecision"])


CHECKS: tuple[Check, ...] = (factor,)
