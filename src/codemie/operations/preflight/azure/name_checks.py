"""Checks of names: those that are the world's, those of the subscription, and the zone of the domain."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from codemie.checks.check import Check, check
from codemie.checks.report import Finding, failed, passed, unknown, warned
from codemie.operations.cloud.azure.arm import Refused, Thing
from codemie.operations.preflight.azure.account import AzureAccount

_GROUPS_API, _ZONES_API, _PRIVATE_API = "2022-09-01", "2018-05-01", "2024-06-01"


@dataclass(frozen=True)
class _Kind:
    """Something with a name that the whole world shares.

    Attributes:
        what: in words.
        type: as Azure calls it.
        version: of its API.
    """

    what: str
    type: str
    version: str


_STORAGE = _Kind("storage account", "Microsoft.Storage/storageAccounts", "2023-05-01")
_VAULT = _Kind("key vault", "Microsoft.KeyVault/vaults", "2023-07-01")
_SERVER = _Kind("database server", "Microsoft.DBforPostgreSQL/flexibleServers", "2024-08-01")


def wanted(account: AzureAccount) -> Mapping[_Kind, str]:
    """The names that the stack gives; as in its modules."""
    return {
        _STORAGE: f"{account.name.replace('-', '')}{account.suffix}",
        _VAULT: f"{account.name}-{account.suffix}-keys",
        _SERVER: f"{account.name}-database-{account.suffix}",
    }


@check(
    "tf.names.free",
    title="Names that are the world's are free, or yours",
    symptom="The apply stops with StorageAccountAlreadyTaken, VaultAlreadyExists or ServerNameAlreadyExists.",
    remedy=("Choose another name in the values",),
    phase="names",
    faq=("F37",),
    needs=("tf.account.services", "tf.names.rules"),
    timeout=40,
)
async def free(account: AzureAccount) -> Finding:
    """Somebody else has the name; a key vault of it was deleted and keeps it for 90 days; or it is left from before."""
    names = wanted(account)
    taken = {kind: said for kind, name in names.items() if (said := await _taken(account, kind, name))}
    own = [kind for kind in taken if await _is_own(account, kind, names[kind])]
    seen = {f"{kind.what} {name}": taken.get(kind) or "free" for kind, name in names.items()}
    strange = [kind for kind in taken if kind not in own]
    if strange == [_VAULT] and (deleted := await _deleted(account, names[_VAULT])) is not None:
        return _of_deleted(account, names[_VAULT], deleted, seen)
    if strange:
        text = ", ".join(f"the {kind.what} {names[kind]}" for kind in strange)
        return failed(f"Somebody else has {text}", *free.remedy, **seen)
    if own and not await account.is_made():
        return warned(
            f"There already, and the cluster of the stack is not: {', '.join(names[kind] for kind in own)}",
            "If an apply broke off, its state has them: go on with the same state",
            "Else import them with terraform import, delete them, or choose another name",
            **seen,
        )
    return passed("They are the stack's own" if own else "They are free", **seen)


async def _taken(account: AzureAccount, kind: _Kind, name: str) -> str:
    """Why it cannot be had; empty where it can."""
    namespace = kind.type.partition("/")[0]
    path = f"{account.place}/providers/{namespace}/checkNameAvailability"
    told = await account.arm.see(path, kind.version, method="POST", body={"name": name, "type": kind.type})
    return "" if told.get("nameAvailable") else str(told.get("reason") or "taken")


async def _is_own(account: AzureAccount, kind: _Kind, name: str) -> bool:
    try:
        await account.arm.see(f"{account.group}/providers/{kind.type}/{name}", kind.version)
    except Refused as error:
        if error.is_missing:
            return False
        raise
    return True


async def _deleted(account: AzureAccount, name: str) -> Thing | None:
    listed = await account.arm.every(f"{account.place}/providers/Microsoft.KeyVault/deletedVaults", _VAULT.version)
    return next((each for each in listed if str(each["name"]).lower() == name), None)


def _of_deleted(account: AzureAccount, name: str, deleted: Thing, seen: dict[str, str]) -> Finding:
    facts = cast("Thing", deleted.get("properties") or {})
    where, until = str(facts.get("location", "")), str(facts.get("scheduledPurgeDate", ""))[:10]
    seen |= {f"deleted key vault {name}": f"in {where}, until {until}"}
    if where == account.location:
        return warned(
            f"The key vault {name} was deleted, and keeps its name until {until}",
            "Terraform brings it back, with its former keys; is that not wanted, choose another name",
            f"Without purge protection it can be taken away for good: az keyvault purge --name {name}",
            **seen,
        )
    text = f"The key vault {name} was deleted in {where}, and keeps its name until {until}"
    return failed(text, *free.remedy, f"Or: az keyvault purge --name {name} --location {where}", **seen)


@check(
    "tf.names.unused",
    title="Nothing else in the account has the names of the stack",
    symptom="The apply stops with: a resource with the ID already exists, it needs to be imported into the state.",
    remedy=(
        "If an apply broke off, its state has it: go on with the same state",
        "Else import it with terraform import, delete it, or choose another name in the values",
    ),
    phase="names",
    faq=("F37",),
    needs=("tf.account.state", "tf.names.rules"),
    timeout=30,
)
async def unused(account: AzureAccount) -> Finding:
    """An older stack was taken away by halves, or another one of the same name lives in this subscription."""
    if await account.is_made():
        return passed("They are those of the stack, whose cluster is there")
    group = account.group.rpartition("/")[2]
    try:
        await account.arm.see(account.group, _GROUPS_API)
    except Refused as error:
        if error.is_missing:
            return passed(f"There is no resource group {group}")
        raise
    inside = await account.arm.every(f"{account.group}/resources", _GROUPS_API)
    seen = {str(each["name"]): str(each.get("type", "")) for each in inside[:20]}
    return warned(f"The resource group {group} is there already", *unused.remedy, **(seen or {group: "empty"}))


@check(
    "tf.names.zone",
    title="The account holds the public zone of the domain",
    symptom="terraform plan says: DNS Zone was not found.",
    remedy=(
        "Make it: az network dns zone create --resource-group GROUP --name ZONE; name its servers in the zone above",
        "Or give the zone that holds the domain as zone_name",
    ),
    phase="names",
    faq=("F55",),
    needs=("tf.account.state", "tf.names.domain"),
    timeout=20,
)
async def zone(account: AzureAccount) -> Finding:
    """The stack makes records in a zone that must be there, in the same subscription, and public."""
    name = str(account.values.get("zone_name") or account.values.get("domain") or "")
    if not name:
        return unknown("The domain is not given", "Give the values with --tfvars")
    listed = await account.arm.every(f"{account.place}/providers/Microsoft.Network/dnsZones", _ZONES_API)
    found = next((each for each in listed if str(each["name"]).lower() == name), None)
    if found is not None:
        servers = cast("list[str]", cast("Thing", found.get("properties") or {}).get("nameServers") or [])
        return passed(f"{name} is there", **{str(found["id"]): ", ".join(servers)})
    private = await account.arm.every(f"{account.place}/providers/Microsoft.Network/privateDnsZones", _PRIVATE_API)
    if any(str(each["name"]).lower() == name for each in private):
        return failed(f"The zone {name} is private", *zone.remedy, **{"Azure DNS": "a private zone of this name"})
    return failed(f"There is no zone {name}", *zone.remedy, **{"Azure DNS": f"{len(listed)} other public zones"})


CHECKS: tuple[Check, ...] = (free, unused, zone)
