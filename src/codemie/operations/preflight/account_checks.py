"""Checks of the sign-in to AWS: there, taken, of the right account, for long enough, and with the rights it takes."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from codemie.checks.check import Check, Severity, check
from codemie.checks.report import Finding, Status, failed, passed, unknown, warned
from codemie.checks.sources import Unobservable
from codemie.operations.cloud.aws import DENIED, MISSING, Refused
from codemie.operations.preflight.account import Account, needed_actions
from codemie.operations.terraform.signatures import SIGNATURES

_AT_ONCE = 50
_ELSEWHERE = {"301", "PermanentRedirect", "400"}
"""A bucket in another region answers so, whoever has it."""
_NOT_FOUND = {"NoSuchEntity", "NotFoundException", "DBInstanceNotFound", "DBInstanceNotFoundFault"}
_ROLES, _KEYS = ("api", "control-plane", "node"), ("data", "application")
_MOST_SHOWN = 20
_LONG_ENOUGH = dt.timedelta(minutes=60)
_SOURCES = {
    "env": "variables of the environment",
    "shared-credentials-file": "~/.aws/credentials",
    "config-file": "~/.aws/config",
    "assume-role": "a role of a profile",
    "sso": "a sign-in at AWS SSO",
    "iam-role": "the role of this machine",
    "container-role": "the role of this container",
    "assume-role-with-web-identity": "the identity of this job",
}


@check(
    "tf.creds.present",
    title="There are credentials of AWS",
    symptom="Terraform says: No valid credential sources found.",
    remedy=("Sign in: aws sso login, or set AWS_PROFILE", "In CI, give the job the identity it should assume"),
    phase="creds",
    faq=("F29",),
    timeout=20,
)
async def present(account: Account) -> Finding:
    """Nobody signed in on this machine, or the profile that holds the credentials is not chosen."""
    try:
        found = await account.sign_in()
    except Refused as error:
        return failed("What was found cannot be used", *present.remedy, **{error.code: error})
    if found is None:
        return failed("Neither environment nor files hold any", *present.remedy)
    return passed(f"From {_SOURCES.get(found.source, found.source)}")


@check(
    "tf.creds.valid",
    title="AWS takes the credentials",
    symptom="Terraform says InvalidClientTokenId, SignatureDoesNotMatch or ExpiredToken.",
    remedy=("Run aws sts get-caller-identity with the same profile", "Sign in again"),
    phase="creds",
    faq=("F29", "F31"),
    needs=("tf.creds.present",),
    timeout=20,
)
async def valid(account: Account) -> Finding:
    """They have expired, were withdrawn, belong to another partition, or the secret is not that of the key."""
    try:
        number, arn = await account.caller()
    except Refused as error:
        words = f"{error.code} {error}"
        known = next((each for each in SIGNATURES if each.pattern.search(words)), None)
        remedy = known.remedy if known else valid.remedy
        return failed(known.cause if known else f"AWS answers {error.code}", *remedy, **{"AWS answers": error.code})
    return passed(f"Signed in to {number}", **{"aws sts get-caller-identity": arn})


@check(
    "tf.creds.account",
    title="The sign-in is to the account that is meant, and not its root",
    symptom="Everything is made in somebody else's account.",
    remedy=("Choose the profile of the account: AWS_PROFILE", "Or correct account_id in the values"),
    phase="creds",
    faq=("F29",),
    needs=("tf.creds.valid",),
)
async def number(account: Account) -> Finding:
    """Another profile is chosen than the values are for; or it is the root user, whom nothing can hold back."""
    found, arn = await account.caller()
    wanted = account.values.get("account_id")
    seen = {"aws sts get-caller-identity": arn}
    if wanted and wanted != found:
        return failed(f"Signed in to {found}; the values are for {wanted}", *number.remedy, **seen)
    if arn.endswith(":root"):
        return warned("Signed in as the root user of the account", "Become the role that deploys", **seen)
    if not wanted:
        return unknown(f"It is {found}; which one is meant is not said", "Give account_id in the values", **seen)
    return passed(f"It is {found}", **seen)


@check(
    "tf.creds.expiry",
    title="The sign-in lasts for a whole apply",
    symptom="The apply stops after half an hour with ExpiredToken, and has made half of everything.",
    remedy=("Sign in again shortly before, for an hour at least",),
    phase="creds",
    severity=Severity.MAJOR,
    faq=("F31",),
    needs=("tf.creds.valid",),
)
async def expiry(account: Account) -> Finding:
    """A temporary sign-in ends in less than an hour; a first apply takes half of one."""
    found = await account.sign_in()
    if found is None or not found.is_temporary:
        return passed("It does not end by itself")
    if found.is_renewed:
        return passed("It is renewed by itself")
    if found.ends is None:
        return unknown(
            "It is temporary, and does not tell when it ends",
            "Let what signs you in set AWS_CREDENTIAL_EXPIRATION: aws configure export-credentials --format env",
            *expiry.remedy,
        )
    left = found.ends - dt.datetime.now(dt.UTC)
    minutes = f"{left.total_seconds() / 60:.0f} minutes"
    if left < _LONG_ENOUGH:
        return failed(f"It ends in {minutes}", *expiry.remedy, AWS_CREDENTIAL_EXPIRATION=found.ends.isoformat())
    return passed(f"It lasts for {minutes}")


@check(
    "tf.account.region",
    title="The region is there and switched on",
    symptom="Every call of Terraform fails with InvalidClientTokenId or AuthFailure, in this region alone.",
    remedy=("Switch the region on: aws account enable-region --region-name REGION", "Or choose another one"),
    phase="creds",
    faq=("F34",),
    needs=("tf.creds.mfa",),
    timeout=20,
)
async def region(account: Account) -> Finding:
    """Newer regions are off until somebody switches them on; or there is no region of that name."""
    name = account.aws.region
    try:
        told = await account.aws.see("ec2", "describe_regions", region="us-east-1", RegionNames=[name], AllRegions=True)
    except Refused as error:
        return failed(f"AWS knows no region {name}", *region.remedy, **{"AWS answers": error.code})
    status = str(told["Regions"][0].get("OptInStatus") or "opt-in-not-required")
    if status == "not-opted-in":
        return failed(f"{name} is switched off in this account", *region.remedy, **{name: status})
    return passed(f"{name} is on", **{name: status})


@check(
    "tf.iam.actions",
    title="The sign-in may do what the stack takes",
    symptom="The apply stops in the middle with AccessDenied or UnauthorizedOperation.",
    remedy=(
        "Add the actions to the role that deploys; codemiectl tf bootstrap makes one that has them",
        "The whole list is in deploy/terraform/aws/deployer-policy.json",
    ),
    phase="iam",
    faq=("F30",),
    needs=("tf.creds.mfa",),
    timeout=60,
)
async def actions(account: Account) -> Finding:
    """The role's policies, its boundary or the organisation lack an action.

    AWS is asked to simulate each action on a resource of the stack's: one that it finds no rule for counts as doubtful.
    """
    _, arn = await account.caller()
    needed = needed_actions()
    if arn.endswith(":root"):
        return passed(f"All {len(needed)} actions: the root user may do anything")
    denied = await _denied(account, await principal_of(account, arn), needed)
    if not denied:
        return passed(f"All {len(needed)} actions are allowed", principal=arn)
    certain = [action for action, reason in denied.items() if reason != _DOUBTFUL]
    seen = {action: denied[action] for action in [*certain, *(each for each in denied if each not in certain)]}
    shown = dict(list(seen.items())[:_MOST_SHOWN])
    text = f"{len(denied)} of {len(needed)} actions are not allowed: {_families(denied)}"
    return Finding(Status.FAIL if certain else Status.WARN, text, shown, actions.remedy)


_DOUBTFUL = "not allowed, or on some resources only"


async def principal_of(account: Account, arn: str) -> str:
    """The role behind a session; whoever else it is, himself."""
    kind, _, rest = arn.rpartition(":")[2].partition("/")
    if kind != "assumed-role":
        return arn
    role = rest.partition("/")[0]
    try:
        return str((await account.aws.see("iam", "get_role", RoleName=role))["Role"]["Arn"])
    except (Refused, Unobservable):
        return f"arn:aws:iam::{arn.split(':')[4]}:role/{role}"


async def _denied(account: Account, principal: str, needed: tuple[str, ...]) -> dict[str, str]:
    """Action → why it is not allowed."""
    number = principal.split(":")[4]
    places: dict[str, list[str]] = {}
    for action in needed:
        places.setdefault(_place(action, number, account), []).append(action)
    found: dict[str, str] = {}
    for place, names in places.items():
        for first in range(0, len(names), _AT_ONCE):
            found |= await _simulated(account, principal, names[first : first + _AT_ONCE], place)
    return found


def _place(action: str, number: str, account: Account) -> str:
    """A resource of the kind that the stack would use it on: roles are tied to the stack's own names."""
    if not action.startswith("iam:"):
        return "*"
    if "OpenIDConnect" in action:
        return f"arn:aws:iam::{number}:oidc-provider/oidc.eks.{account.aws.region}.amazonaws.com/id/NONE"
    if action == "iam:CreateServiceLinkedRole":
        return f"arn:aws:iam::{number}:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS"
    return f"arn:aws:iam::{number}:role/{account.values.get('name') or 'codemie'}-api"


async def _simulated(account: Account, principal: str, names: list[str], place: str) -> dict[str, str]:
    try:
        told = await account.aws.see(
            "iam",
            "simulate_principal_policy",
            PolicySourceArn=principal,
            ActionNames=names,
            ResourceArns=[place],
            ContextEntries=_circumstances(account),
            MaxItems=_AT_ONCE * 2,
        )
    except Refused as error:
        raise Unobservable(f"AWS does not simulate it: {error.code}", "Let the deployer's role look") from error
    refused = [each for each in told["EvaluationResults"] if each["EvalDecision"] != "allowed"]
    return {str(each["EvalActionName"]): _reason(each) for each in refused}


def _circumstances(account: Account) -> list[dict[str, Any]]:
    """What the request would say of itself; policies of deployers make conditions of it."""
    said = {
        "aws:RequestedRegion": account.aws.region,
        "iam:PassedToService": "eks.amazonaws.com",
        "iam:AWSServiceName": "eks.amazonaws.com",
        "iam:PolicyARN": "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy",
        "iam:PermissionsBoundary": str(account.values.get("permissions_boundary_arn") or ""),
    }
    return [
        {"ContextKeyName": name, "ContextKeyValues": [value], "ContextKeyType": "string"}
        for name, value in said.items()
        if value
    ]


def _reason(result: dict[str, Any]) -> str:
    if result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations") is False:
        return "forbidden by a policy of the organisation"
    if result.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary") is False:
        return "not in the permissions boundary"
    return "denied by a policy" if str(result["EvalDecision"]) == "explicitDeny" else _DOUBTFUL


def _families(denied: Iterable[str]) -> str:
    return ", ".join(sorted({action.partition(":")[0] for action in denied}))


@check(
    "tf.names.free",
    title="Names that are the world's are free, or yours",
    symptom="The apply stops with BucketAlreadyExists.",
    remedy=("Choose another name in the values",),
    phase="names",
    faq=("F37",),
    needs=("tf.creds.mfa", "tf.names.rules"),
    timeout=20,
)
async def free(account: Account) -> Finding:
    """Names of buckets are shared by all accounts, and somebody else has this one; or it is left over from before."""
    owner, _ = await account.caller()
    name, number = account.values.get("name") or "codemie", account.values.get("account_id") or owner
    parts = ("data", "logs") if account.values.get("access_logs", True) else ("data",)
    findings = [await _bucket(account, f"{name}-{part}-{number}") for part in parts]
    together = passed("; ".join(each.detail for each in findings))
    return next((each for each in findings if each.status is not Status.PASS), together)


async def _bucket(account: Account, bucket: str) -> Finding:
    seen = {f"s3://{bucket}": "there"}
    try:
        await account.aws.ask("s3", "head_bucket", Bucket=bucket)
    except Refused as error:
        if error.code in MISSING:
            return passed(f"{bucket} is free")
        seen = {f"s3://{bucket}": error.code}
        if error.code not in DENIED | _ELSEWHERE:
            raise Unobservable(f"S3 answers {error.code}", "Run again") from error
        if not await _is_own(account, bucket):
            return failed(f"The bucket {bucket} is somebody else's", *free.remedy, **seen)
    if await account.is_made():
        return passed(f"{bucket} is there, and this account's, as is the stack")
    return warned(
        f"The bucket {bucket} is this account's already, and the stack's cluster is not there",
        "If an apply broke off, its state has the bucket: go on with the same state",
        "Else import it, delete it, or choose another name: the apply would stop with BucketAlreadyOwnedByYou",
        **seen,
    )


async def _is_own(account: Account, bucket: str) -> bool:
    try:
        told = await account.aws.see("s3", "list_buckets")
    except Refused as error:
        raise Unobservable(f"Whose {bucket} is cannot be seen: {error.code}", "Let the deployer's role look") from error
    return any(each["Name"] == bucket for each in told.get("Buckets") or ())


@check(
    "tf.names.unused",
    title="Nothing else in the account has the names of the stack",
    symptom="The apply stops with EntityAlreadyExists, DBInstanceAlreadyExists or AlreadyExistsException.",
    remedy=(
        "If an apply broke off, its state has them: go on with the same state",
        "Else import them with terraform import, delete them, or choose another name in the values",
    ),
    phase="names",
    faq=("F37",),
    needs=("tf.creds.mfa", "tf.names.rules"),
    timeout=30,
)
async def unused(account: Account) -> Finding:
    """An older stack was taken away by halves, or another one of the same name lives in this account and region."""
    if await account.is_made():
        return passed("They are those of the stack, whose cluster is there")
    name = str(account.values.get("name") or "codemie")
    wanted = {
        f"RDS {name}-database": ("rds", "describe_db_instances", {"DBInstanceIdentifier": f"{name}-database"}),
        **{f"IAM {name}-{role}": ("iam", "get_role", {"RoleName": f"{name}-{role}"}) for role in _ROLES},
        **{f"KMS alias/{name}-{key}": ("kms", "describe_key", {"KeyId": f"alias/{name}-{key}"}) for key in _KEYS},
    }
    there = [shown for shown, question in wanted.items() if await _is_there(account, *question)]
    if there:
        return warned(f"{', '.join(there)}: there already", *unused.remedy, **dict.fromkeys(there, "there"))
    return passed(f"None of {len(wanted) + 1} is there")


async def _is_there(account: Account, service: str, operation: str, arguments: dict[str, Any]) -> bool:
    try:
        await account.aws.see(service, operation, **arguments)
    except Refused as error:
        if error.code in MISSING | _NOT_FOUND:
            return False
        raise Unobservable(f"{service} answers {error.code}", "Run again") from error
    return True


@check(
    "tf.names.zone",
    title="The account holds the public zone of the domain",
    symptom="terraform plan says: no matching Route 53 Hosted Zone found.",
    remedy=(
        "Make it: aws route53 create-hosted-zone --name ZONE --caller-reference 1; name its servers in the zone above",
        "Or give the zone that holds the domain as zone_name",
    ),
    phase="names",
    faq=("F55",),
    needs=("tf.creds.mfa", "tf.names.domain"),
    timeout=20,
)
async def zone(account: Account) -> Finding:
    """The stack makes records and certificates in a zone that must be there, in the same account, and public."""
    name = str(account.values.get("zone_name") or account.values.get("domain") or "")
    if not name:
        return unknown("The domain is not given", "Give the values with --tfvars")
    told = await account.aws.see("route53", "list_hosted_zones_by_name", DNSName=name)
    zones = [each for each in told["HostedZones"] if each["Name"].rstrip(".") == name]
    if not zones:
        return failed(f"There is no zone {name}", *zone.remedy, **{"Route 53": "no zone of this name"})
    if all(each["Config"].get("PrivateZone") for each in zones):
        return failed(f"The zone {name} is private", *zone.remedy, **{"Route 53": zones[0]["Id"]})
    return passed(f"{name} is there", **{"Route 53": zones[0]["Id"]})


SIGN_IN: tuple[Check, ...] = (present, valid, number, expiry)
RIGHTS: tuple[Check, ...] = (region, actions)
NAMES: tuple[Check, ...] = (free, unused, zone)
