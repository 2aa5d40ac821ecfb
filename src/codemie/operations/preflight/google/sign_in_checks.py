"""Checks of the sign-in to Google Cloud: there, taken, of the right project, and for long enough."""

import datetime as dt
import re
from dataclasses import dataclass

from codemie.checks.check import Check, Severity, check
from codemie.checks.report import Finding, failed, passed, skipped, unknown, warned
from codemie.checks.sources import Unobservable
from codemie.operations.cloud.google.refusals import NoSignIn, Refused, unseen
from codemie.operations.cloud.google.sign_in import MACHINE, SCOPE, TOKEN, Unusable
from codemie.operations.preflight.google.project import Project

_AGAIN = "gcloud auth application-default login"
_LONG_ENOUGH = dt.timedelta(minutes=45)
"""A token lasts an hour at most: one that was made a moment ago has to do for a first apply."""


@dataclass(frozen=True)
class Cause:
    """Why Google gives no token.

    Attributes:
        pattern: of what it says: the code, a colon, and its words.
    """

    pattern: re.Pattern[str]
    cause: str
    remedy: tuple[str, ...]


def _cause(pattern: str, cause: str, *remedy: str) -> Cause:
    return Cause(re.compile(pattern, re.IGNORECASE), cause, remedy)


CAUSES: tuple[Cause, ...] = (
    _cause(
        r"reauthentication is needed|invalid_rapt|rapt_required",
        "Google wants the person to sign in again: the organisation limits how long that lasts",
        _AGAIN,
        "In CI, let a service account sign in: the limit is for people",
    ),
    _cause(
        r"invalid jwt signature|no key id|invalid_grant.*(key|signature)",
        "The key of the service account was deleted or disabled, or is another's",
        "See its keys: gcloud iam service-accounts keys list --iam-account ACCOUNT",
        "Make a new one, or let the job sign in by workload identity federation, which needs none",
    ),
    _cause(
        r"short-lived token|iat and exp",
        "The clock of this machine is wrong, so Google takes what the key signs for out of date",
        "Set the clock: timedatectl set-ntp true",
    ),
    _cause(
        r"account not found|not a valid email|user_not_found",
        "The service account was deleted",
        "Restore it within 30 days: gcloud iam service-accounts undelete ID; or sign in as another",
    ),
    _cause(
        r"account.*(disabled|deleted)|disabled_client|deleted_client|admin_policy_enforced|restricted_client",
        "The account or the client that signs in is disabled, or a policy of the organisation blocks it",
        "gcloud iam service-accounts enable ACCOUNT; or ask who administers the organisation",
    ),
    _cause(
        r"getAccessToken|impersonat",
        "The sign-in may not act as the service account that is named",
        "Give it roles/iam.serviceAccountTokenCreator on that account",
    ),
    _cause(
        r"invalid_target|attribute condition|invalid_request.*(pool|provider|audience)|unauthorized_client",
        "The pool of identities does not take the token of this job",
        "Compare audience, issuer and attribute condition of the provider with what the job sends",
    ),
    _cause(
        r"invalid_grant|invalid_token|expired|revoked",
        "The sign-in has run out, or was withdrawn",
        f"{_AGAIN}; a token of GOOGLE_OAUTH_ACCESS_TOKEN: gcloud auth print-access-token",
    ),
    _cause(
        r"malformed|missing|not in the expected format",
        "The file of credentials is incomplete",
        "Download it anew, or unset GOOGLE_APPLICATION_CREDENTIALS",
    ),
)


@check(
    "tf.creds.present",
    title="There are credentials of Google Cloud",
    symptom="Terraform says: could not find default credentials.",
    remedy=(f"Sign in: {_AGAIN}", "In CI, name its file of credentials: GOOGLE_APPLICATION_CREDENTIALS"),
    phase="creds",
    faq=("F29",),
    timeout=20,
)
async def present(project: Project) -> Finding:
    """Nobody signed in on this machine, or a variable names a file that is not there.

    Looked for is where Terraform's provider looks, in its order: a token, credentials in a variable, a file of
    GOOGLE_APPLICATION_CREDENTIALS, gcloud's, and the account of a machine of Google's.
    """
    try:
        found = project.google.source()
    except Unusable as error:
        return failed(str(error), *present.remedy)
    if found is None:
        return failed("Neither environment nor files hold any", *present.remedy)
    return passed(f"It is {found.sentence}", **({"account": found.who} if found.who else {}))


@check(
    "tf.creds.valid",
    title="Google takes the credentials",
    symptom="Terraform says invalid_grant, invalid_rapt, or that credentials are invalid.",
    remedy=("Try them: gcloud auth application-default print-access-token", "Sign in again"),
    phase="creds",
    faq=("F29", "F31"),
    needs=("tf.creds.present",),
    timeout=30,
)
async def valid(project: Project) -> Finding:
    """They have run out, were withdrawn, the key was deleted, or the organisation wants a person to sign in again."""
    try:
        await project.google.signed()
        told = await project.google.token_facts() if _is_asked(project) else {}
    except NoSignIn as error:
        words = f"{error.code}: {error.words}"
        known = next((each for each in CAUSES if each.pattern.search(words)), None)
        remedy = known.remedy if known else valid.remedy
        text = known.cause if known else f"Google gives no token: {error.code or error.words}"
        return failed(text, *remedy, **{"Google answers": words.strip(": ")})
    if told and SCOPE not in str(told.get("scope")).split():
        seen = {"scope": str(told.get("scope"))}
        return failed("The token is not for all of Google Cloud", f"Give it the scope {SCOPE}", *valid.remedy, **seen)
    who = str(told.get("email") or "")
    return passed("It does", **({"account": who} if who else {}))


def _is_asked(project: Project) -> bool:
    """Whether the token was made elsewhere, so that nobody has looked at it yet."""
    source = project.google.source()
    return source is not None and source.kind in {TOKEN, MACHINE} and not source.impersonates


@check(
    "tf.creds.account",
    title="The sign-in sees the project that is meant",
    symptom="Everything is made in somebody else's project, or Terraform says: permission denied on the project.",
    remedy=("Sign in as who works in it", "Or correct project_id in the values: gcloud projects list"),
    phase="creds",
    faq=("F29",),
    needs=("tf.creds.valid",),
    timeout=30,
)
async def number(project: Project) -> Finding:
    """The values name another project, there is none of that name, or the sign-in has nothing to do there."""
    if not project.google.project:
        return unknown("Which project is meant is not said", "Give project_id in the values, with --tfvars")
    try:
        told = await project.told()
    except Refused as error:
        if error.is_off or not (error.is_missing or error.is_denied):
            raise unseen(error, project.id, "resourcemanager.projects.get") from error
        text = f"There is no project {project.id} that the sign-in may see"
        return failed(text, *number.remedy, **{"Google answers": f"{error.status} {error.code}"})
    seen = {project.id: f"number {str(told.get('name')).partition('/')[2]}"}
    source = project.google.source()
    if source and source.project and source.project != project.id and not source.is_person:
        text = f"It is {project.id}; who signs in is of the project {source.project}"
        return warned(text, "Look whether that is on purpose", *number.remedy, **seen)
    return passed(f"It is {project.id}", **seen)


@check(
    "tf.creds.expiry",
    title="The sign-in lasts for a whole apply",
    symptom="The apply stops after half an hour with 401, and has made half of everything.",
    remedy=(
        "Make the token shortly before: gcloud auth print-access-token",
        f"Or let Terraform renew it by itself: unset GOOGLE_OAUTH_ACCESS_TOKEN, and {_AGAIN}",
    ),
    phase="creds",
    severity=Severity.MAJOR,
    faq=("F31",),
    needs=("tf.creds.valid",),
    timeout=20,
)
async def expiry(project: Project) -> Finding:
    """A token in a variable ends an hour after it was made at the latest, and nobody can renew it."""
    source = project.google.source()
    if source is None or source.kind != TOKEN:
        lasting = " until the organisation wants another sign-in" if source and source.is_person else ""
        return passed(f"It is renewed by itself{lasting}")
    if source.impersonates:
        return unknown("The token that acts as another account does not tell when it ends", *expiry.remedy)
    seconds = (await project.google.token_facts()).get("expires_in")
    if seconds is None:
        raise Unobservable("Google does not tell when the token ends", *expiry.remedy)
    left = dt.timedelta(seconds=int(seconds))
    minutes = f"{left.total_seconds() / 60:.0f} minutes"
    if left < _LONG_ENOUGH:
        return failed(f"It ends in {minutes}", *expiry.remedy, expires_in=str(seconds))
    return passed(f"It lasts for {minutes}")


@check(
    "tf.creds.mfa",
    title="No policy waits for a second factor",
    symptom="Everything is refused, although the role has the rights.",
    remedy=(f"Where the organisation wants a new sign-in, tf.creds.valid says so: {_AGAIN}",),
    phase="creds",
    faq=("F31",),
    needs=("tf.creds.valid",),
)
async def factor(project: Project) -> Finding:
    """Google asks for a second factor when somebody signs in, and never of a token that it has given."""
    _ = project
    return skipped("does not apply to gcp: Google asks for it before it gives a token, see tf.creds.valid")


CHECKS: tuple[Check, ...] = (present, valid, number, expiry, factor)
