"""A good subscription of Azure that the stack is about to be made in. Tests break one thing in it."""

from dataclasses import dataclass, field
from typing import Any

from codemie.checks.report import Checked, Report
from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.operations.cloud.azure.arm import Arm
from codemie.operations.preflight.account import Account
from codemie.operations.preflight.azure.account import AzureAccount
from codemie.operations.preflight.azure.account_checks import PROVIDERS
from codemie.operations.preflight.azure.states import AzureStates, states_of
from codemie.operations.preflight.backend import Backend
from codemie.operations.preflight.checks import checks_of
from tests.fakes.azure_cloud import HERE, OBJECT, SECOND_CLIENT, SUBSCRIPTION, TENANT, FakeAzure, serving
from tests.operations.preflight.cloud.world import state

LOCATION = "westeurope"
BACKEND = {"storage_account_name": "codemietf", "container_name": "terraform", "key": "platform.tfstate"}
_STATE_GROUP = f"{HERE}/resourceGroups/codemie-terraform/providers"
STATE_ACCOUNT = f"{_STATE_GROUP}/Microsoft.Storage/storageAccounts/codemietf"
VAULT = f"{_STATE_GROUP}/Microsoft.KeyVault/vaults/acme-vault"


def good_values() -> dict[str, Any]:
    """Of the stack, as far as a subscription is asked for them."""
    return {
        "subscription_id": SUBSCRIPTION,
        "name": "codemie",
        "location": LOCATION,
        "domain": "ai.acme.test",
        "profile": "prod",
    }


@dataclass
class AzureWorld:
    """What preflight asks Azure of.

    Attributes:
        azure: all well.
        values: of the stack that is to be made.
        environment: variables of the process that differ from those of a good sign-in; empty ones are not set.
    """

    azure: FakeAzure = field(default_factory=FakeAzure)
    values: dict[str, Any] = field(default_factory=good_values)
    environment: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        """All well."""
        for part in PARTS:
            part(self.azure)

    def sources(self) -> Sources:
        """What the checks look through."""
        variables = {**self.azure.environment, **self.environment}
        variables = {name: value for name, value in variables.items() if value}
        account = AzureAccount(Arm(variables), self.values, variables)
        backend = Backend("azurerm", "backend.tf:2", BACKEND)
        # By another application, so that a sign-in that is refused is a matter of its own checks alone.
        environment = {**self.azure.environment, "ARM_CLIENT_ID": SECOND_CLIENT}
        states = states_of(backend, {"subscription_id": SUBSCRIPTION}, environment, may_write=True)
        sources = Sources().offer(AzureAccount, account).not_applicable(Account, "does not apply to azure")
        return sources.offer(Backend, backend).offer(AzureStates, states)

    async def report(self) -> Report:
        """What the checks say of it as it is now."""
        async with serving(self.azure):
            for account in filter(None, [self.azure.things.get(STATE_ACCOUNT.lower())]):
                account["properties"]["primaryEndpoints"]["blob"] = f"{self.azure.url}/blob/"
            return await run("preflight", checks_of("azure", "azurerm"), self.sources(), Options(timeout=60))


def subscription(azure: FakeAzure) -> None:
    """In good standing, with all that the stack uses switched on."""
    azure.things[HERE] = {
        "id": HERE,
        "subscriptionId": SUBSCRIPTION,
        "displayName": "platform",
        "tenantId": TENANT,
        "state": "Enabled",
        "subscriptionPolicies": {"quotaId": "EnterpriseAgreement_2014-09-01", "spendingLimit": "Off"},
    }
    zones = [{"logicalZone": str(each), "physicalZone": f"{LOCATION}-az{each}"} for each in (1, 2, 3)]
    azure.lists[f"{HERE}/locations"] = [
        location("westcentralus", []),
        location(LOCATION, zones),
        {"name": "europe", "type": "Region", "metadata": {"regionType": "Logical"}},
    ]
    for namespace in (*PROVIDERS, "Microsoft.Compute", "Microsoft.Web"):
        is_on = namespace != "Microsoft.Web"
        azure.lists.setdefault(f"{HERE}/providers", []).append(
            {
                "id": f"{HERE}/providers/{namespace}",
                "namespace": namespace.replace("Microsoft.Insights", "microsoft.insights"),
                "registrationState": "Registered" if is_on else "NotRegistered",
            }
        )
    azure.put(
        f"{HERE}/providers/Microsoft.Features/providers/Microsoft.Compute/features/EncryptionAtHost",
        properties={"state": "Registered"},
    )


def roles(azure: FakeAzure) -> None:
    """Contributor by a group, User Access Administrator by itself."""
    roles = f"{HERE}/providers/Microsoft.Authorization/roleDefinitions"
    for name, actions, excepted in (
        ("Contributor", ["*"], ["Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"]),
        ("User Access Administrator", ["*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"], []),
        ("Reader", ["*/read"], []),
    ):
        permissions = [{"actions": actions, "notActions": excepted, "dataActions": [], "notDataActions": []}]
        azure.put(f"{roles}/{name}", properties={"roleName": name, "type": "BuiltInRole", "permissions": permissions})
    assign(azure, "Contributor", GROUP)
    assign(azure, "User Access Administrator", OBJECT)
    assign(azure, "Reader", "somebody-else")
    azure.filters[_ASSIGNMENTS.lower()] = _is_of


_ASSIGNMENTS = f"{HERE}/providers/Microsoft.Authorization/roleAssignments"
GROUP = "6e0f0e0f-0000-4000-8000-000000000001"


def assign(azure: FakeAzure, role: str, to: str, **facts: Any) -> None:
    """Give somebody a role at the subscription."""
    definition = f"{HERE}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    azure.put(
        f"{_ASSIGNMENTS}/{role}-{to}",
        properties={"roleDefinitionId": definition, "principalId": to, "scope": HERE, **facts},
    )


def _is_of(assignment: dict[str, Any], asked: str) -> bool:
    """As assignedTo() says: who it is, or a group that he is in."""
    holder = assignment["properties"]["principalId"]
    who = OBJECT if holder == GROUP else holder
    return asked == f"atScope() and assignedTo('{who}')"


def names(azure: FakeAzure) -> None:
    """All free, and the public zone of the domain there."""
    for namespace in ("Microsoft.Storage", "Microsoft.KeyVault", "Microsoft.DBforPostgreSQL"):
        azure.answers[f"{HERE}/providers/{namespace}/checkNameAvailability".lower()] = lambda _: {"nameAvailable": True}
    zone = f"{HERE}/resourceGroups/dns/providers/Microsoft.Network/dnsZones"
    azure.put(f"{zone}/acme.test", properties={"zoneType": "Public", "nameServers": ["ns1-01.azure-dns.test."]})
    azure.put(f"{zone}/ai.acme.test", properties={"zoneType": "Public", "nameServers": ["ns1-02.azure-dns.test."]})


def limits(azure: FakeAzure) -> None:
    """Wide ones, and the usual sizes of machines in all zones."""
    compute = {"cores": (40, 350), "standardDSv5Family": (8, 100), "standardBSFamily": (0, 10)}
    network = {
        "VirtualNetworks": (3, 1000),
        "StandardSkuPublicIpAddresses": (2, 1000),
        "StandardSkuLoadBalancers": (1, 1000),
    }
    for provider, told in (("Microsoft.Compute", compute), ("Microsoft.Network", network)):
        azure.lists[f"{HERE}/providers/{provider}/locations/{LOCATION}/usages".lower()] = [
            {
                "name": {"value": name, "localizedValue": name},
                "currentValue": used,
                "limit": limit,
                "unit": "Count",
            }
            for name, (used, limit) in told.items()
        ]
    azure.lists[f"{HERE}/providers/microsoft.compute/skus"] = [
        sku("Standard_D4s_v5", "standardDSv5Family", 4),
        sku("Standard_D2s_v5", "standardDSv5Family", 2),
        {"resourceType": "disks", "name": "Premium_LRS", "locations": [LOCATION]},
    ]
    azure.filters[f"{HERE}/providers/microsoft.compute/skus"] = lambda _, asked: asked == f"location eq '{LOCATION}'"


def sku(name: str, family: str, processors: int) -> dict[str, Any]:
    """A size of machines, as compute lists it."""
    capabilities = {"vCPUs": str(processors), "EncryptionAtHostSupported": "True"}
    return {
        "resourceType": "virtualMachines",
        "name": name,
        "family": family,
        "locations": [LOCATION],
        "locationInfo": [{"location": LOCATION, "zones": ["1", "2", "3"]}],
        "capabilities": [{"name": key, "value": value} for key, value in capabilities.items()],
        "restrictions": [],
    }


def states(azure: FakeAzure) -> None:
    """As `deploy/terraform/azure/bootstrap` makes them, with a state of three resources and the one before."""
    azure.put(
        STATE_ACCOUNT,
        location=LOCATION,
        properties={
            "allowBlobPublicAccess": False,
            "allowSharedKeyAccess": False,
            "minimumTlsVersion": "TLS1_2",
            "supportsHttpsTrafficOnly": True,
            "encryption": {
                "keySource": "Microsoft.Keyvault",
                "keyvaultproperties": {"keyname": "states", "keyvaulturi": "https://acme-vault.vault.azure.net/"},
            },
            "primaryEndpoints": {"blob": ""},
        },
    )
    kept = {"isVersioningEnabled": True, "deleteRetentionPolicy": {"enabled": True, "days": 365}}
    azure.put(f"{STATE_ACCOUNT}/blobServices/default", properties=kept)
    azure.put(f"{STATE_ACCOUNT}/blobServices/default/containers/terraform", properties={"publicAccess": "None"})
    azure.put(VAULT, location=LOCATION)
    azure.put(f"{VAULT}/keys/states", properties={"attributes": {"enabled": True}, "kty": "RSA"})
    azure.container.put(BACKEND["key"], state(7))
    azure.container.put(BACKEND["key"], state(8))
    azure.container.put(f"{BACKEND['key']}.old", b"something else")


PARTS = (subscription, roles, names, limits, states)


def location(name: str, zones: list[dict[str, str]]) -> dict[str, Any]:
    """A region as the manager lists it."""
    told = {"id": f"{HERE}/locations/{name}", "name": name, "type": "Region", "metadata": {"regionType": "Physical"}}
    return {**told, **({"availabilityZoneMappings": zones} if zones else {})}


async def found(world: AzureWorld, check: str) -> Checked:
    """What one check says."""
    return next(each for each in (await world.report()).checks if each.id == check)
