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
from codemie.operations.preflight.checks import checks_of
from tests.fakes.azure_cloud import HERE, SUBSCRIPTION, TENANT, FakeAzure, serving

LOCATION = "westeurope"


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
        subscription(self.azure)

    def sources(self) -> Sources:
        """What the checks look through."""
        variables = {**self.azure.environment, **self.environment}
        variables = {name: value for name, value in variables.items() if value}
        account = AzureAccount(Arm(variables), self.values, variables)
        return Sources().offer(AzureAccount, account).not_applicable(Account, "does not apply to azure")

    async def report(self) -> Report:
        """What the checks say of it as it is now."""
        async with serving(self.azure):
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


def location(name: str, zones: list[dict[str, str]]) -> dict[str, Any]:
    """A region as the manager lists it."""
    told = {"id": f"{HERE}/locations/{name}", "name": name, "type": "Region", "metadata": {"regionType": "Physical"}}
    return {**told, **({"availabilityZoneMappings": zones} if zones else {})}


async def found(world: AzureWorld, check: str) -> Checked:
    """What one check says."""
    return next(each for each in (await world.report()).checks if each.id == check)
