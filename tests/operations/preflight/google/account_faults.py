"""Sign-ins that Google does not take, and projects that cannot be worked in."""

from collections.abc import Callable
from typing import Any

from codemie.checks.report import Status
from tests.fakes.google_cloud import PROJECT, REGION
from tests.operations.preflight.google.injecting import GoogleFault
from tests.operations.preflight.google.world import PARENT, GoogleWorld


def refusing(code: str, words: str = "", subtype: str = "") -> Callable[[GoogleWorld], None]:
    """No token is given."""

    def inject(world: GoogleWorld) -> None:
        told = {"error": code, "error_description": words, **({"error_subtype": subtype} if subtype else {})}
        world.cloud.grant = lambda _: (400, told)

    return inject


def _signed_out(world: GoogleWorld) -> None:
    del world.environment["GOOGLE_CREDENTIALS"]


def _gone(world: GoogleWorld) -> None:
    world.environment = {**world.cloud.environment(), "GOOGLE_APPLICATION_CREDENTIALS": "/nowhere/key.json"}


def with_token(world: GoogleWorld) -> None:
    """Somebody made a token and gave it."""
    world.environment = {**world.cloud.environment(), "GOOGLE_OAUTH_ACCESS_TOKEN": world.cloud.token}


def _other_token(world: GoogleWorld) -> None:
    with_token(world)
    world.environment["GOOGLE_OAUTH_ACCESS_TOKEN"] = "planted-other-token"


def _narrow(world: GoogleWorld) -> None:
    with_token(world)
    world.cloud.scope = "https://www.googleapis.com/auth/userinfo.email"


def _ending(world: GoogleWorld) -> None:
    with_token(world)
    world.cloud.expires_in = 600


def _hidden(world: GoogleWorld) -> None:
    path = f"resource_manager_v3/{PARENT}"
    words = f"The caller does not have permission on projects/{PROJECT} (or it may not exist)"
    world.cloud.errors[path] = (403, "PERMISSION_DENIED", "IAM_PERMISSION_DENIED", words)


def _foreign_key(world: GoogleWorld) -> None:
    world.environment = world.cloud.signed_in(project_id="acme-sandbox")


def _project(**facts: Any) -> Callable[[GoogleWorld], object]:
    return lambda world: world.cloud.put(f"resource_manager_v3/{PARENT}", **{"name": "projects/1", **facts})


def _unpaid(linked: str = "") -> Callable[[GoogleWorld], object]:
    return lambda world: world.cloud.put(
        f"cloud_billing/{PARENT}/billingInfo", billingAccountName=linked, billingEnabled=False
    )


def _off(api: str) -> Callable[[GoogleWorld], object]:
    return lambda world: world.cloud.off.add(api)


def _region(**facts: Any) -> Callable[[GoogleWorld], object]:
    return lambda world: world.cloud.put(f"compute/{PARENT}/regions/{REGION}", **facts)


def _trial_without_zone(world: GoogleWorld) -> None:
    world.values["profile"] = "dev"
    _region(zones=[f"{PARENT}/zones/{REGION}-{letter}" for letter in "acd"])(world)


FAULTS: tuple[GoogleFault, ...] = (
    GoogleFault("tf.creds.present", "nobody is signed in to Google Cloud", inject=_signed_out),
    GoogleFault("tf.creds.present", "the file of credentials is gone", inject=_gone, says="/nowhere/key.json"),
    GoogleFault(
        "tf.creds.valid",
        "the key of a service account was deleted",
        inject=refusing("invalid_grant", "Invalid JWT Signature."),
        says="was deleted or disabled",
    ),
    GoogleFault(
        "tf.creds.valid",
        "the service account was deleted",
        inject=refusing("invalid_grant", "Invalid grant: account not found"),
        says="service account was deleted",
    ),
    GoogleFault(
        "tf.creds.valid",
        "the clock of the machine is wrong",
        inject=refusing(
            "invalid_grant",
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
            "Check your iat and exp values in the JWT claim.",
        ),
        says="clock",
    ),
    GoogleFault("tf.creds.valid", "a token of Google has run out", inject=_other_token, says="has run out"),
    GoogleFault("tf.creds.valid", "a token is for e-mail only", inject=_narrow, says="cloud-platform"),
    GoogleFault("tf.creds.account", "the sign-in sees no such project", inject=_hidden, says="may see"),
    GoogleFault(
        "tf.creds.account", "the key is of another project", Status.WARN, _foreign_key, "of the project acme-sandbox"
    ),
    GoogleFault("tf.creds.expiry", "a token of Google ends in ten minutes", inject=_ending, says="10 minutes"),
    GoogleFault(
        "tf.account.state", "the project is to be deleted", inject=_project(state="DELETE_REQUESTED"), says="undelete"
    ),
    GoogleFault("tf.account.billing", "nobody pays for the project", inject=_unpaid(), says="No account of billing"),
    GoogleFault(
        "tf.account.billing", "the account of billing is closed", inject=_unpaid("billingAccounts/1"), says="is closed"
    ),
    GoogleFault(
        "tf.account.services",
        "a service that Terraform starts from is off",
        inject=_off("iam.googleapis.com"),
        says="gcloud services enable iam.googleapis.com",
    ),
    GoogleFault(
        "tf.account.region",
        "Google has no such region",
        inject=lambda world: world.values.update(region="eu-west1"),
        says="eu-west1",
    ),
    GoogleFault("tf.account.region", "the region of Google is down", inject=_region(status="DOWN"), says="DOWN"),
    GoogleFault(
        "tf.account.region", "the region has no zone b for a trial", inject=_trial_without_zone, says=f"{REGION}-b"
    ),
    GoogleFault(
        "tf.iam.actions",
        "no role holds two permissions",
        inject=lambda world: world.cloud.lacking.update({"container.clusters.create", "iam.serviceAccounts.actAs"}),
        says=f"--project {PROJECT} --permissions container.clusters.create,iam.serviceAccounts.actAs",
    ),
)
