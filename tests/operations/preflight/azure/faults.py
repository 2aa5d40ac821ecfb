"""What may be wrong with the sign-in to Azure and the subscription: each turns exactly its own check red."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from codemie.checks.report import Status
from tests.fakes.azure_cloud import HERE
from tests.operations.injection import Fault
from tests.operations.preflight.azure.world import AzureWorld


@dataclass(frozen=True)
class AzureFault(Fault):
    """A fault of the subscription.

    Attributes:
        inject: breaks the world.
        says: words that the finding must have.
    """

    inject: Callable[[AzureWorld], object] = lambda _: None
    says: str = ""


def _signed(**variables: str) -> Callable[[AzureWorld], object]:
    return lambda world: world.environment.update(variables)


def _refusing(number: str, sentence: str) -> Callable[[AzureWorld], None]:
    def inject(world: AzureWorld) -> None:
        world.azure.refusal = (number, sentence)

    return inject


def _valued(**values: Any) -> Callable[[AzureWorld], object]:
    return lambda world: world.values.update(values)


def _state(word: str) -> Callable[[AzureWorld], object]:
    return lambda world: world.azure.things[HERE].update(state=word)


def _provider(namespace: str, state: str) -> Callable[[AzureWorld], None]:
    def inject(world: AzureWorld) -> None:
        listed = world.azure.lists[f"{HERE}/providers"]
        next(each for each in listed if each["namespace"] == namespace)["registrationState"] = state

    return inject


def _without_feature(world: AzureWorld) -> None:
    path = f"{HERE}/providers/Microsoft.Features/providers/Microsoft.Compute/features/EncryptionAtHost"
    world.azure.of(path)["properties"]["state"] = "NotRegistered"


def _given_token(world: AzureWorld) -> None:
    world.environment |= {"ARM_CLIENT_SECRET": "", "ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "planted-job-token"}


def _ending(minutes: int) -> Callable[[AzureWorld], None]:
    def inject(world: AzureWorld) -> None:
        _given_token(world)
        world.azure.lasts = minutes * 60

    return inject


_OTHER = "11111111-2222-4333-8444-555566667777"

_SIGN_IN = (
    AzureFault(
        "tf.creds.present", "nobody is signed in to Azure", inject=_signed(ARM_CLIENT_SECRET="", PATH="/nowhere")
    ),
    AzureFault(
        "tf.creds.present", "an application without its tenant", inject=_signed(ARM_TENANT_ID=""), says="ARM_TENANT_ID"
    ),
    AzureFault(
        "tf.creds.mfa", "Entra ID wants a second factor", inject=_refusing("50076", "you must use MFA"), says="az login"
    ),
    AzureFault(
        "tf.creds.valid", "the client secret is wrong", inject=_signed(ARM_CLIENT_SECRET="other"), says="AADSTS7000215"
    ),
    AzureFault(
        "tf.creds.valid", "there is no such application", inject=_signed(ARM_CLIENT_ID=_OTHER), says="ARM_CLIENT_ID"
    ),
    AzureFault(
        "tf.creds.valid", "there is no such tenant", inject=_signed(ARM_TENANT_ID=_OTHER), says="no such tenant"
    ),
    AzureFault(
        "tf.creds.valid",
        "the sign-in is older than the tenant allows",
        inject=_refusing("70043", "The refresh token has expired due to sign-in frequency"),
        says="az login",
    ),
    AzureFault(
        "tf.creds.account",
        "the subscription is out of reach",
        inject=_valued(subscription_id=_OTHER),
        says="SubscriptionNotFound",
    ),
    AzureFault(
        "tf.creds.account",
        "the subscription is that of examples",
        inject=_valued(subscription_id="00000000-0000-0000-0000-000000000000"),
    ),
    AzureFault(
        "tf.creds.account",
        "the environment names another subscription",
        Status.WARN,
        _signed(ARM_SUBSCRIPTION_ID=_OTHER),
        _OTHER,
    ),
    AzureFault("tf.creds.expiry", "a given token ends in ten minutes", inject=_ending(10), says="ends in 10"),
    AzureFault("tf.creds.expiry", "a given token ends in 50 minutes", Status.WARN, _ending(50)),
)

_SUBSCRIPTION = (
    AzureFault("tf.account.state", "the subscription is switched off", inject=_state("Disabled"), says="Disabled"),
    AzureFault("tf.account.state", "a bill of the subscription is due", Status.WARN, _state("Warned")),
    AzureFault("tf.account.region", "there is no such region", inject=_valued(location="west-europe")),
    AzureFault("tf.account.region", "the region has no zones", inject=_valued(location="westcentralus"), says="0 of 3"),
    AzureFault("tf.account.region", "the region is a continent", inject=_valued(location="europe")),
    AzureFault(
        "tf.account.services",
        "a resource provider is not registered",
        inject=_provider("Microsoft.ContainerService", "NotRegistered"),
        says="az provider register --namespace Microsoft.ContainerService",
    ),
    AzureFault(
        "tf.account.services",
        "a resource provider is being registered",
        Status.WARN,
        _provider("Microsoft.KeyVault", "Registering"),
    ),
    AzureFault("tf.account.services", "disks cannot be encrypted on their machines", inject=_without_feature),
)

FAULTS: tuple[AzureFault, ...] = (*_SIGN_IN, *_SUBSCRIPTION)
