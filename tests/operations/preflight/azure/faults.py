"""What may be wrong with the sign-in to Azure and the subscription: each turns exactly its own check red."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from codemie.checks.report import Status
from tests.fakes.azure_cloud import HERE, OBJECT, SUBSCRIPTION
from tests.operations.injection import Fault
from tests.operations.preflight.azure.world import BACKEND, GROUP, STATE_ACCOUNT, VAULT, AzureWorld, assign
from tests.operations.preflight.cloud.faults import lock_of
from tests.operations.preflight.cloud.world import state


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


def _unregistered(by_terraform: str) -> Callable[[AzureWorld], None]:
    def inject(world: AzureWorld) -> None:
        _provider("Microsoft.ContainerService", "NotRegistered")(world)
        world.environment["ARM_RESOURCE_PROVIDER_REGISTRATIONS"] = by_terraform

    return inject


def _unknown_provider(world: AzureWorld) -> None:
    listed = world.azure.lists[f"{HERE}/providers"]
    world.azure.lists[f"{HERE}/providers"] = [each for each in listed if each["namespace"] != "Microsoft.KeyVault"]


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
    AzureFault(
        "tf.account.region",
        "the region of a trial has no zones",
        inject=_valued(location="westcentralus", profile="dev"),
        says="0 of 3",
    ),
    AzureFault("tf.account.region", "the region is a continent", inject=_valued(location="europe")),
    AzureFault(
        "tf.account.services",
        "a resource provider is not registered, and Terraform is told to register none",
        inject=_unregistered("none"),
        says="az provider register --namespace Microsoft.ContainerService",
    ),
    AzureFault(
        "tf.account.services",
        "a resource provider is not registered that the chosen set of Terraform has not",
        inject=_unregistered("core"),
        says="Not registered: Microsoft.ContainerService",
    ),
    AzureFault(
        "tf.account.services",
        "a resource provider is not registered yet",
        Status.WARN,
        _unregistered(""),
        "Terraform does that",
    ),
    AzureFault(
        "tf.account.services",
        "Azure knows no such resource provider",
        inject=_unknown_provider,
        says="unknown to Azure",
    ),
    AzureFault(
        "tf.account.services",
        "a resource provider is being registered",
        Status.WARN,
        _provider("Microsoft.KeyVault", "Registering"),
    ),
    AzureFault("tf.account.services", "disks cannot be encrypted on their machines", inject=_without_feature),
)

_GROUP = f"{HERE}/resourceGroups/codemie-platform"


def _unassigned(role: str, to: str) -> Callable[[AzureWorld], object]:
    place = f"{HERE}/providers/Microsoft.Authorization/roleAssignments/{role}-{to}"
    return lambda world: world.azure.things.pop(place.lower())


def _conditional(world: AzureWorld) -> None:
    _unassigned("User Access Administrator", OBJECT)(world)
    condition = "@Request[Microsoft.Authorization/roleAssignments:PrincipalType] StringEqualsIgnoreCase 'x'"
    assign(world.azure, "User Access Administrator", OBJECT, condition=condition, conditionVersion="2.0")


def _taken(namespace: str, reason: str = "AlreadyExists") -> Callable[[AzureWorld], None]:
    def inject(world: AzureWorld) -> None:
        path = f"{HERE}/providers/{namespace}/checkNameAvailability".lower()
        world.azure.answers[path] = lambda _: {"nameAvailable": False, "reason": reason, "message": "is taken"}

    return inject


def _left_over(world: AzureWorld) -> None:
    _taken("Microsoft.Storage")(world)
    name = f"codemie{hashlib.sha256(SUBSCRIPTION.encode()).hexdigest()[:6]}"
    world.azure.put(f"{_GROUP}/providers/Microsoft.Storage/storageAccounts/{name}")


def _deleted_vault(location: str) -> Callable[[AzureWorld], None]:
    def inject(world: AzureWorld) -> None:
        _taken("Microsoft.KeyVault")(world)
        name = f"codemie-{hashlib.sha256(SUBSCRIPTION.encode()).hexdigest()[:6]}-keys"
        facts = {"location": location, "scheduledPurgeDate": "2027-02-01T00:00:00Z"}
        told = {"name": name, "type": "Microsoft.KeyVault/deletedVaults", "properties": facts}
        world.azure.lists[f"{HERE}/providers/microsoft.keyvault/deletedvaults"] = [told]

    return inject


def _group_left(world: AzureWorld) -> None:
    world.azure.put(_GROUP, location="westeurope")
    world.azure.lists[f"{_GROUP}/resources".lower()] = [{"name": "codemie-nodes", "type": "Microsoft.Network/x"}]


def _private_zone(world: AzureWorld) -> None:
    world.values["domain"] = "inside.acme.test"
    place = f"{HERE}/resourceGroups/dns/providers/Microsoft.Network/privateDnsZones/inside.acme.test"
    world.azure.put(place, location="global")


def _limited(provider: str, name: str, limit: int) -> Callable[[AzureWorld], None]:
    def inject(world: AzureWorld) -> None:
        listed = world.azure.lists[f"{HERE}/providers/{provider}/locations/westeurope/usages".lower()]
        next(each for each in listed if each["name"]["value"] == name)["limit"] = limit

    return inject


def _size(**facts: Any) -> Callable[[AzureWorld], object]:
    return lambda world: world.azure.lists[f"{HERE}/providers/microsoft.compute/skus"][0].update(facts)


_CLOSED_ZONE = {"type": "Zone", "values": ["x"], "restrictionInfo": {"zones": ["2"]}, "reasonCode": "NotAvailable"}
_CLOSED = {"type": "Location", "values": ["westeurope"], "reasonCode": "NotAvailableForSubscription"}
_COMPUTE, _NETWORK = "Microsoft.Compute", "Microsoft.Network"

_STACK = (
    AzureFault(
        "tf.iam.actions",
        "roles may not be assigned",
        inject=_unassigned("User Access Administrator", OBJECT),
        says="Microsoft.Authorization/roleAssignments/write",
    ),
    AzureFault(
        "tf.iam.actions",
        "the group of the deployer lost its role",
        inject=_unassigned("Contributor", GROUP),
        says="az role definition create",
    ),
    AzureFault("tf.iam.actions", "roles may be assigned under a condition", Status.WARN, _conditional, "condition"),
    AzureFault("tf.names.free", "the storage account is somebody else's", inject=_taken("Microsoft.Storage")),
    AzureFault("tf.names.free", "the database server is somebody else's", inject=_taken("Microsoft.DBforPostgreSQL")),
    AzureFault("tf.names.free", "the key vault is somebody else's", inject=_taken("Microsoft.KeyVault")),
    AzureFault(
        "tf.names.free",
        "a deleted key vault in another region keeps the name",
        inject=_deleted_vault("northeurope"),
        says="az keyvault purge",
    ),
    AzureFault("tf.names.free", "a deleted key vault keeps the name", Status.WARN, _deleted_vault("westeurope")),
    AzureFault("tf.names.free", "a storage account is left over from before", Status.WARN, _left_over),
    AzureFault("tf.names.unused", "the resource group is left over", Status.WARN, _group_left, "codemie-nodes"),
    AzureFault("tf.names.zone", "the subscription has no such zone", inject=_valued(domain="ai.other.test")),
    AzureFault("tf.names.zone", "the zone of Azure is private", inject=_private_zone, says="is private"),
    AzureFault("tf.quota.sizes", "there is no such size", inject=_size(name="Standard_D4s_v4"), says="knows no size"),
    AzureFault("tf.quota.sizes", "a zone has no machines of the size", inject=_size(restrictions=[_CLOSED_ZONE])),
    AzureFault("tf.quota.sizes", "the size is closed to the subscription", inject=_size(restrictions=[_CLOSED])),
    AzureFault(
        "tf.quota.sizes",
        "the size encrypts no disks on its machines",
        inject=_size(
            capabilities=[{"name": "vCPUs", "value": "4"}, {"name": "EncryptionAtHostSupported", "value": "False"}]
        ),
    ),
    AzureFault(
        "tf.quota.vcpus",
        "too few processors of the family",
        inject=_limited(_COMPUTE, "standardDSv5Family", 30),
        says="standardDSv5Family --limit-object value=40",
    ),
    AzureFault("tf.quota.vcpus", "too few processors of the region", inject=_limited(_COMPUTE, "cores", 60)),
    AzureFault(
        "tf.quota.vcpus", "the last processors of the family", Status.WARN, _limited(_COMPUTE, "standardDSv5Family", 36)
    ),
    AzureFault("tf.quota.vpcs", "no further virtual network", inject=_limited(_NETWORK, "VirtualNetworks", 3)),
    AzureFault(
        "tf.quota.addresses", "too few public addresses", inject=_limited(_NETWORK, "StandardSkuPublicIpAddresses", 6)
    ),
    AzureFault(
        "tf.quota.web_balancers", "no further load balancer", inject=_limited(_NETWORK, "StandardSkuLoadBalancers", 1)
    ),
)


def _without(path: str) -> Callable[[AzureWorld], object]:
    return lambda world: world.azure.things.pop(path.lower())


def _may_not(*verbs: str) -> Callable[[AzureWorld], object]:
    return lambda world: world.azure.container.denied.update(verbs)


def _shut(world: AzureWorld) -> None:
    world.azure.container.shut = True


def _of_account(**facts: Any) -> Callable[[AzureWorld], object]:
    return lambda world: world.azure.of(STATE_ACCOUNT)["properties"].update(facts)


def _of_blobs(**facts: Any) -> Callable[[AzureWorld], object]:
    return lambda world: world.azure.of(f"{STATE_ACCOUNT}/blobServices/default")["properties"].update(facts)


def _public(world: AzureWorld) -> None:
    _of_account(allowBlobPublicAccess=True)(world)
    container = world.azure.of(f"{STATE_ACCOUNT}/blobServices/default/containers/terraform")
    container["properties"]["publicAccess"] = "Blob"


def _disabled(world: AzureWorld) -> None:
    world.azure.of(f"{VAULT}/keys/states")["properties"]["attributes"]["enabled"] = False


def _no_key(world: AzureWorld) -> None:
    del world.azure.things[f"{VAULT}/keys/states".lower()]


def _written(body: bytes) -> Callable[[AzureWorld], object]:
    return lambda world: world.azure.container.put(BACKEND["key"], body)


def _deleted(world: AzureWorld) -> None:
    world.azure.container.gone.add(BACKEND["key"])


def _leased(hours: float) -> Callable[[AzureWorld], None]:
    def inject(world: AzureWorld) -> None:
        told = base64.b64encode(lock_of(hours)).decode()
        world.azure.container.lease[BACKEND["key"]] = {"x-ms-meta-terraformlockid": told}

    return inject


_STATES = (
    AzureFault("tf.backend.reachable", "there is no such storage account", inject=_without(STATE_ACCOUNT)),
    AzureFault(
        "tf.backend.reachable",
        "there is no such container",
        inject=_without(f"{STATE_ACCOUNT}/blobServices/default/containers/terraform"),
        says="no container",
    ),
    AzureFault("tf.backend.reachable", "blobs may not be read", inject=_may_not("read"), says="Data Contributor"),
    AzureFault("tf.backend.reachable", "the network rules shut out", inject=_shut, says="network rules"),
    AzureFault("tf.backend.versioned", "versions of blobs are not kept", inject=_of_blobs(isVersioningEnabled=False)),
    AzureFault(
        "tf.backend.versioned",
        "deleted blobs are gone at once",
        Status.WARN,
        _of_blobs(deleteRetentionPolicy={"enabled": False}),
    ),
    AzureFault("tf.backend.private", "the container of states is public", inject=_public),
    AzureFault(
        "tf.backend.private", "containers may be made public", Status.WARN, _of_account(allowBlobPublicAccess=True)
    ),
    AzureFault("tf.backend.private", "old TLS is taken", Status.WARN, _of_account(minimumTlsVersion="TLS1_0")),
    AzureFault("tf.backend.key", "the key in the vault was disabled", inject=_disabled),
    AzureFault("tf.backend.key", "the key in the vault is gone", inject=_no_key),
    AzureFault("tf.backend.writable", "blobs may only be read", inject=_may_not("write", "delete")),
    AzureFault("tf.backend.writable", "blobs may not be deleted", inject=_may_not("delete"), says="not deleted"),
    AzureFault("tf.state.integrity", "the blob of the state was emptied", inject=_written(b"")),
    AzureFault("tf.state.integrity", "an older state was put back in the blob", inject=_written(state(3))),
    AzureFault("tf.state.integrity", "the blob has another stack's state", inject=_written(state(9, lineage="two"))),
    AzureFault("tf.state.integrity", "the blob of the state was deleted", inject=_deleted),
    AzureFault("tf.state.integrity", "resources are gone from the blob", Status.WARN, _written(state(9, resources=1))),
    AzureFault("tf.state.lock", "a run holds the lease", Status.WARN, _leased(0.2)),
    AzureFault("tf.state.lock", "a lease was left behind", inject=_leased(50)),
)

FAULTS: tuple[AzureFault, ...] = (*_SIGN_IN, *_SUBSCRIPTION, *_STACK, *_STATES)
