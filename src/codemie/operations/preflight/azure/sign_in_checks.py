"""Checks of the sign-in to Azure: there, taken, of the right subscription, and for long enough."""

import datetime as dt

from codemie.checks.check import Check, Severity, check
from codemie.checks.report import Finding, failed, passed, unknown, warned
from codemie.operations.cloud.azure.arm import Refused
from codemie.operations.cloud.azure.entra import SignInRefused
from codemie.operations.cloud.azure.sign_in import HalfThere, SignIn, Source, Token
from codemie.operations.preflight.azure.account import AzureAccount

_LONG_ENOUGH = dt.timedelta(minutes=60)
_TOO_SHORT = dt.timedelta(minutes=30)
_SAMPLE = "00000000-0000-0000-0000-000000000000"
_LIST_API = "2022-12-01"
_MOST_SHOWN = 10


@check(
    "tf.creds.present",
    title="There is a sign-in of Azure",
    symptom="Terraform says: unable to build authorizer for Resource Manager API, could not configure AzureCli.",
    remedy=(
        "Sign in: az login; or set ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET",
        "In CI, let the job use its own identity: ARM_USE_OIDC=true, with a federated credential of the application",
    ),
    phase="creds",
    faq=("F29",),
    timeout=40,
)
async def present(account: AzureAccount) -> Finding:
    """Nobody signed in with az on this machine, or the variables of an application are there by halves.

    Looked for is what Terraform's provider looks for, in its order: certificate, secret, federated token, the identity
    of the machine, az.
    """
    try:
        found = account.arm.sign_in()
        if found is None:
            return failed("Neither the environment nor az has any", *present.remedy)
        await _asked(account)
    except HalfThere as error:
        return failed(str(error), *present.remedy)
    return passed(f"From {found.source}", **_shown(found))


def _shown(found: SignIn) -> dict[str, str]:
    told = {"tenant": found.tenant, "application": found.client}
    return {name: value for name, value in told.items() if value}


async def _asked(account: AzureAccount) -> Token | SignInRefused:
    try:
        return await account.arm.token()
    except SignInRefused as error:
        return error


@check(
    "tf.creds.mfa",
    title="Entra ID waits for no second factor",
    symptom="Terraform or az says AADSTS50076 or AADSTS50079, though the password is right.",
    remedy=(
        "Sign in with it: az login --tenant TENANT",
        "In CI, give the job an application with a federated credential: policies for people do not hold for it",
    ),
    phase="creds",
    faq=("F31",),
    needs=("tf.creds.present",),
    timeout=40,
)
async def factor(account: AzureAccount) -> Finding:
    """A policy for conditional access, or the security defaults of the tenant, want a second factor for Azure."""
    answer = await _asked(account)
    if isinstance(answer, Token):
        return passed("A token is given without another factor")
    if answer.wants_factor:
        return failed(answer.cause, *answer.remedy, **{"Entra ID answers": answer.code})
    return passed("It is refused for another reason: see tf.creds.valid", **{"Entra ID answers": answer.code or "-"})


@check(
    "tf.creds.valid",
    title="Entra ID takes the sign-in",
    symptom="Terraform says invalid_client, unauthorized_client or invalid_grant, with a code AADSTS.",
    remedy=("Try it: az account get-access-token --output none", "Sign in again: az login"),
    phase="creds",
    faq=("F29", "F31"),
    needs=("tf.creds.mfa",),
    timeout=40,
)
async def valid(account: AzureAccount) -> Finding:
    """The secret is wrong or has run out, the application is in another tenant, or the sign-in is too old."""
    answer = await _asked(account)
    if isinstance(answer, SignInRefused):
        return failed(answer.cause, *answer.remedy, **{"Entra ID answers": answer.code or "no code"})
    claims = answer.claims
    who = str(claims.get("upn") or claims.get("unique_name") or claims.get("appid") or claims.get("oid") or "?")
    return passed(f"Signed in as {who}", tenant=claims.get("tid", "?"), object=claims.get("oid", "?"))


@check(
    "tf.creds.account",
    title="The sign-in reaches the subscription that is meant",
    symptom="Terraform says SubscriptionNotFound, or everything is made in somebody else's subscription.",
    remedy=(
        "Correct subscription_id in the values: az account list --output table tells those that you reach",
        "Or sign in to its tenant: az login --tenant TENANT",
    ),
    phase="creds",
    faq=("F29",),
    needs=("tf.creds.valid",),
    timeout=30,
)
async def subscription(account: AzureAccount) -> Finding:
    """It is in another tenant than the sign-in, the sign-in has no right in it, or the values have an example's."""
    if not account.wanted:
        return unknown(
            "Which subscription is meant is not said", "Give subscription_id in the values, or ARM_SUBSCRIPTION_ID"
        )
    if account.wanted == _SAMPLE:
        return failed("The subscription is that of examples", *subscription.remedy, subscription_id=_SAMPLE)
    try:
        told = await account.subscription()
    except Refused as error:
        if not (error.is_missing or error.is_denied or error.code in _STRANGE):
            raise
        reached = await account.arm.every("/subscriptions", _LIST_API)
        seen = {str(each["subscriptionId"]): str(each.get("displayName", "")) for each in reached[:_MOST_SHOWN]}
        text = f"The sign-in does not reach {account.wanted}: Azure answers {error.code}"
        return failed(text, *subscription.remedy, **(seen or {"reached": "none"}))
    other = account.environment.get("ARM_SUBSCRIPTION_ID")
    seen = {account.wanted: told.get("displayName", ""), "tenant": told.get("tenantId", "")}
    if other and other != account.wanted:
        return warned(
            f"It is {account.wanted}; ARM_SUBSCRIPTION_ID is another one",
            "Terraform takes the one of the values; take ARM_SUBSCRIPTION_ID away, or let it be the same",
            **seen,
            ARM_SUBSCRIPTION_ID=other,
        )
    return passed(f"It is {told.get('displayName') or account.wanted}", **seen)


_STRANGE = {"InvalidSubscriptionId", "InvalidAuthenticationTokenTenant"}


@check(
    "tf.creds.expiry",
    title="The sign-in lasts for a whole apply",
    symptom="The apply stops after an hour with AADSTS700024 or ExpiredAuthenticationToken, half done.",
    remedy=("Let the job ask for tokens itself: give ARM_OIDC_REQUEST_URL and ARM_OIDC_REQUEST_TOKEN",),
    phase="creds",
    severity=Severity.MAJOR,
    faq=("F31",),
    needs=("tf.creds.valid",),
)
async def expiry(account: AzureAccount) -> Finding:
    """A federated token was given by hand: what it opened lasts for an hour, and nobody can ask for more."""
    found = account.arm.sign_in()
    if found and found.is_renewed:
        until = ", until Entra ID wants to see whoever signed in" if found.source is Source.AZ else ""
        return passed(f"It is renewed by itself{until}")
    left = (await account.arm.token()).ends - dt.datetime.now(dt.UTC)
    minutes = f"{left.total_seconds() / 60:.0f} minutes"
    if left < _TOO_SHORT:
        return failed(f"It ends in {minutes}", *expiry.remedy, ARM_OIDC_TOKEN=minutes)
    if left < _LONG_ENOUGH:
        return warned(f"It ends in {minutes}; a first apply takes half an hour", *expiry.remedy, ARM_OIDC_TOKEN=minutes)
    return passed(f"It lasts for {minutes}")


CHECKS: tuple[Check, ...] = (present, factor, valid, subscription, expiry)
