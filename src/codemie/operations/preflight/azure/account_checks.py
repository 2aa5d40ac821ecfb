"""Checks of the subscription itself: in good standing, its region there, and the services that the stack uses on."""

from typing import Any, cast

from codemie.checks.check import Check, check
from codemie.checks.report import Finding, failed, passed, warned
from codemie.operations.cloud.azure.arm import Refused, Thing
from codemie.operations.cloud.azure.stack_checks import SOON_OVER
from codemie.operations.preflight.azure.account import ZONES, AzureAccount

_API = "2022-12-01"
_PROVIDERS_API = "2021-04-01"
_FEATURES_API = "2021-07-01"
PROVIDERS = (
    "Microsoft.Authorization",
    "Microsoft.ContainerService",
    "Microsoft.DBforPostgreSQL",
    "Microsoft.Insights",
    "Microsoft.KeyVault",
    "Microsoft.ManagedIdentity",
    "Microsoft.Network",
    "Microsoft.OperationalInsights",
    "Microsoft.PolicyInsights",
    "Microsoft.Storage",
)
"""Of what the stack makes. Machines and disks of nodes AKS makes itself, by Microsoft.Compute."""
_OF_NODES = "Microsoft.Compute"
_ENCRYPTION = "EncryptionAtHost"
_CORE = frozenset(
    {f"Microsoft.{each}" for each in ("Authorization", "Compute", "ManagedIdentity", "Network", "Storage")}
)
_ALL = frozenset({*PROVIDERS, _OF_NODES})
_BY_TERRAFORM = {
    "legacy": _ALL,
    "core": _CORE,
    "extended": _ALL - {"Microsoft.PolicyInsights"},
    "all": _ALL,
    "none": frozenset[str](),
}
"""Set of azurerm 4 → which of ours it registers before it makes anything. The stack leaves it at the usual one.

https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs#resource-provider-registrations
"""
_WHICH, _USUAL = "ARM_RESOURCE_PROVIDER_REGISTRATIONS", "legacy"
_UNKNOWN = "unknown to Azure"


@check(
    "tf.account.state",
    title="The account is in good standing",
    symptom="Everything is refused with ReadOnlyDisabledSubscription or SubscriptionNotRegistered, reading is not.",
    remedy=("Look at the subscription in the portal: Cost Management and billing; its owner can switch it on again",),
    phase="creds",
    faq=("F34",),
    needs=("tf.creds.account",),
    timeout=20,
)
async def state(account: AzureAccount) -> Finding:
    """A bill was not paid, a trial is over, a limit of spending is reached, or somebody cancelled it."""
    told = await account.subscription()
    is_now = str(told.get("state") or "not told")
    policies = cast("Thing", told.get("subscriptionPolicies") or {})
    seen = {account.wanted: is_now, "offer": policies.get("quotaId", ""), "limit": policies.get("spendingLimit", "")}
    if is_now in SOON_OVER:
        return warned(f"The subscription is {is_now}: it is switched off unless somebody pays", *state.remedy, **seen)
    if is_now != "Enabled":
        return failed(f"The subscription is {is_now}", *state.remedy, **seen)
    return passed("It is Enabled", **seen)


@check(
    "tf.account.region",
    title="The region is there, and has the zones that the stack wants",
    symptom="Terraform says LocationNotAvailableForResourceType, or AvailabilityZoneNotSupported.",
    remedy=(
        "Choose another location: az account list-locations --output table",
        "Take one with three availability zones: a trial, too, has its nodes in the first and its addresses in all",
    ),
    phase="creds",
    faq=("F34",),
    needs=("tf.account.state",),
    timeout=20,
)
async def region(account: AzureAccount) -> Finding:
    """There is no region of that name in this cloud, the subscription may not use it, or it has fewer zones."""
    listed = await account.arm.every(f"{account.place}/locations", _API)
    found = next((each for each in listed if each["name"] == account.location), None)
    kind = cast("Thing", (found or {}).get("metadata") or {}).get("regionType", "Physical")
    if found is None or kind != "Physical":
        return failed(f"The subscription has no region {account.location}", *region.remedy, regions=len(listed))
    zones = {str(each["logicalZone"]) for each in cast("list[Thing]", found.get("availabilityZoneMappings") or [])}
    seen = {account.location: f"zones {', '.join(sorted(zones)) or 'none'}"}
    if len(zones) < ZONES:
        return failed(f"{account.location} has {len(zones)} of {ZONES} zones", *region.remedy, **seen)
    return passed(f"{account.location} is there", **seen)


@check(
    "tf.account.services",
    title="The services that the stack uses are switched on in the account",
    symptom="The apply stops with MissingSubscriptionRegistration, or with SubscriptionNotEnabledEncryptionAtHost.",
    remedy=("Register what is named: az provider register --namespace NAME --wait; it takes minutes",),
    phase="creds",
    faq=("F34",),
    needs=("tf.account.state",),
    timeout=40,
)
async def services(account: AzureAccount) -> Finding:
    """In a new subscription few resource providers are registered, and no feature is.

    Terraform registers those by itself where the sign-in may do that, unless ARM_RESOURCE_PROVIDER_REGISTRATIONS says
    otherwise; the feature that encrypts disks of nodes on their machines, which the stack asks for, nobody does.
    """
    listed = await account.arm.every(f"{account.place}/providers", _PROVIDERS_API)
    states = {str(each["namespace"]).lower(): str(each.get("registrationState", "")) for each in listed}
    wanted = (*PROVIDERS, _OF_NODES)
    seen = {each: states.get(each.lower(), _UNKNOWN) for each in wanted}
    by_terraform = _BY_TERRAFORM.get((account.environment.get(_WHICH) or _USUAL).lower(), frozenset[str]())
    off = [each for each, told in seen.items() if told not in {"Registered", "Registering"}]
    feature = await _feature(account)
    seen[f"{_OF_NODES}/{_ENCRYPTION}"] = feature
    if left := [each for each in off if each not in by_terraform or seen[each] == _UNKNOWN]:
        return failed(f"Not registered: {', '.join(left)}", _registering(left), *services.remedy, **seen)
    if feature != "Registered":
        return failed(
            f"The feature {_ENCRYPTION} is {feature}, with which the stack encrypts disks of nodes",
            f"az feature register --namespace {_OF_NODES} --name {_ENCRYPTION}; when that is Registered: "
            f"az provider register --namespace {_OF_NODES}",
            **seen,
        )
    if off:
        return warned(
            f"Not registered yet: {', '.join(off)}; Terraform does that at its first run, where the sign-in may",
            f"Nothing, or to save its first run the wait: {_registering(off)}",
            **seen,
        )
    if coming := [each for each, told in seen.items() if told == "Registering"]:
        return warned(f"Being registered: {', '.join(coming)}", "Wait some minutes", **seen)
    return passed(f"All {len(wanted)} are registered, and {_ENCRYPTION}", **seen)


def _registering(namespaces: list[str]) -> str:
    return "; ".join(f"az provider register --namespace {each} --wait" for each in namespaces)


async def _feature(account: AzureAccount) -> str:
    path = f"{account.place}/providers/Microsoft.Features/providers/{_OF_NODES}/features/{_ENCRYPTION}"
    try:
        told: Any = await account.arm.see(path, _FEATURES_API)
    except Refused as error:
        if error.is_missing:
            return "NotRegistered"
        raise
    return str(cast("Thing", told.get("properties") or {}).get("state") or "not told")


CHECKS: tuple[Check, ...] = (state, region, services)
