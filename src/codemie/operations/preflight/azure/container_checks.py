"""Checks of the container of states in Azure Storage: there, with a way back, not public, and it can be written."""

import uuid
from typing import Any, cast
from urllib.parse import urlsplit

from codemie.checks.check import Check, Severity, check
from codemie.checks.report import Finding, failed, passed, skipped, unknown, warned
from codemie.operations.cloud.azure.arm import Refused, Thing
from codemie.operations.preflight.azure.states import AzureStates

_FOLDER = ".codemiectl/"
_VAULT_API = "2023-07-01"
_DATA = "Storage Blob Data Contributor"
_BOOTSTRAP = "On Azure, apply deploy/terraform/azure/bootstrap: its container has all of this"
_GIVE = f"Have the role {_DATA} assigned on the container; Contributor and Owner may not read blobs"


@check(
    "tf.backend.reachable",
    title="The container of states is there and may be used",
    symptom="terraform init says ContainerNotFound, AuthorizationPermissionMismatch or: storage account not found.",
    remedy=(_BOOTSTRAP, _GIVE),
    phase="backend",
    faq=("F39",),
    needs=("tf.backend.present",),
    timeout=40,
)
async def reachable(states: AzureStates) -> Finding:
    """It was never made, is in another subscription, its network rules shut you out, or you may not read blobs."""
    seen = {states.place: ""}
    if await states.described() is None:
        text = f"The subscription {states.subscription} has no storage account {states.account}"
        return failed(text, *reachable.remedy, **dict.fromkeys(seen, "no account"))
    if await states.below(f"blobServices/default/containers/{states.container}") is None:
        text = f"{states.account} has no container {states.container}"
        return failed(text, *reachable.remedy, **dict.fromkeys(seen, "no container"))
    try:
        await (await states.blobs()).versions(states.key)
    except Refused as error:
        seen = dict.fromkeys(seen, error.code)
        if error.code == "AuthorizationFailure":
            text = f"The network rules of {states.account} do not let this machine in"
            return failed(text, "Run from a network that they name, or add this one's address to them", **seen)
        if error.is_denied:
            return failed(f"You may not read what is in {states.container}", _GIVE, **seen)
        raise
    return passed(f"{states.container} is there", **dict.fromkeys(seen, "can be listed"))


@check(
    "tf.backend.versioned",
    title="The container keeps former states",
    symptom="A state that was overwritten or deleted cannot be brought back.",
    remedy=(
        (
            "az storage account blob-service-properties update --account-name ACCOUNT --enable-versioning true "
            "--enable-delete-retention true --delete-retention-days 365"
        ),
        _BOOTSTRAP,
    ),
    phase="backend",
    severity=Severity.MAJOR,
    faq=("F38", "F39"),
    needs=("tf.backend.reachable",),
    timeout=20,
)
async def versioned(states: AzureStates) -> Finding:
    """Versioning of blobs was never turned on, or what is deleted is gone at once."""
    told = cast("Thing", (await states.below("blobServices/default") or {}).get("properties") or {})
    kept: Any = told.get("deleteRetentionPolicy") or {}
    seen = {"versions": bool(told.get("isVersioningEnabled")), "deleted blobs": f"{kept.get('days', 0)} days"}
    if told.get("isVersioningEnabled") is not True:
        return failed("Versioning is off", *versioned.remedy, **seen)
    if kept.get("enabled") is not True:
        return warned("What is deleted is gone at once: soft delete is off", *versioned.remedy, **seen)
    return passed(f"It does; what is deleted is kept for {kept.get('days')} days", **seen)


@check(
    "tf.backend.private",
    title="The container of states cannot be made public",
    symptom="One wrong setting shows all states to the internet.",
    remedy=(
        (
            "az storage account update --name ACCOUNT --allow-blob-public-access false --min-tls-version TLS1_2 "
            "--https-only true"
        ),
        _BOOTSTRAP,
    ),
    phase="backend",
    severity=Severity.MAJOR,
    faq=("F39",),
    needs=("tf.backend.reachable",),
    timeout=20,
)
async def private(states: AzureStates) -> Finding:
    """The account lets containers be made public, this one is, or it takes connections that are not safe."""
    facts = await states.facts()
    container: Any = (await states.below(f"blobServices/default/containers/{states.container}") or {}).get("properties")
    level = str((container or {}).get("publicAccess") or "None")
    if facts.get("allowBlobPublicAccess") is not False and level != "None":
        return failed(f"{states.container} is public: {level}", *private.remedy, publicAccess=level)
    loose = {
        "allowBlobPublicAccess": facts.get("allowBlobPublicAccess") is not False,
        "minimumTlsVersion": str(facts.get("minimumTlsVersion")) not in {"TLS1_2", "TLS1_3"},
        "supportsHttpsTrafficOnly": facts.get("supportsHttpsTrafficOnly") is not True,
    }
    if open_ := [name for name, is_loose in loose.items() if is_loose]:
        return warned(f"{', '.join(open_)}: not strict", *private.remedy, **{each: facts.get(each) for each in open_})
    return passed("It cannot")


@check(
    "tf.backend.table",
    title="The lock of the state needs no table",
    symptom="-",
    remedy=("See tf.state.lock",),
    phase="backend",
    faq=("F39", "F40"),
    needs=("tf.backend.reachable",),
)
async def table(states: AzureStates) -> Finding:
    """Azure locks a state by a lease of its blob."""
    return skipped(f"does not apply to azure: the lock is a lease of {states.key}")


@check(
    "tf.backend.key",
    title="The key that encrypts the state can be used",
    symptom="terraform init says KeyVaultEncryptionKeyNotFound, or 403 of the storage account.",
    remedy=(
        "Enable it: az keyvault key set-attributes --vault-name VAULT --name KEY --enabled true",
        "Or bring it back: az keyvault key recover. A state under a key that is gone cannot be read again",
    ),
    phase="backend",
    faq=("F39",),
    needs=("tf.backend.reachable",),
    timeout=30,
)
async def key(states: AzureStates) -> Finding:
    """The account encrypts by a key of yours, which was disabled or deleted; Azure Storage then refuses the state."""
    encryption: Any = (await states.facts()).get("encryption") or {}
    if encryption.get("keySource") != "Microsoft.Keyvault":
        return skipped("the account uses a key of Azure's own")
    named: Any = encryption.get("keyvaultproperties") or {}
    name, vault = str(named.get("keyname")), (urlsplit(str(named.get("keyvaulturi"))).hostname or "").partition(".")[0]
    listed = await states.arm.every(
        f"/subscriptions/{states.subscription}/providers/Microsoft.KeyVault/vaults", _VAULT_API
    )
    found = next((each for each in listed if str(each["name"]).lower() == vault), None)
    if found is None:
        return unknown(f"The vault {vault} of the key is not in this subscription", "Look at the key there")
    try:
        told = await states.arm.see(f"{found['id']}/keys/{name}", _VAULT_API)
    except Refused as error:
        if error.is_missing:
            return failed(f"{vault} has no key {name}", *key.remedy, **{vault: name})
        raise
    attributes: Any = cast("Thing", told.get("properties") or {}).get("attributes") or {}
    if attributes.get("enabled") is not True:
        return failed(f"The key {name} of {vault} is disabled", *key.remedy, **{vault: name})
    return passed("It is enabled", **{vault: name})


@check(
    "tf.backend.writable",
    title="States can be written, read and deleted",
    symptom="terraform apply makes everything, and then says: Error saving state.",
    remedy=(_GIVE, "Look whether the container has a policy of immutability, or the account a lock ReadOnly"),
    phase="backend",
    severity=Severity.MAJOR,
    faq=("F39",),
    needs=("tf.backend.key",),
    timeout=60,
)
async def writable(states: AzureStates) -> Finding:
    """The sign-in may read blobs and not write them, or a policy keeps what was written.

    With --allow-write a small blob is written under `.codemiectl/`, read and deleted; where the account keeps what is
    deleted, it goes when that time is over.
    """
    if not states.may_write:
        return skipped("nothing is written without --allow-write")
    container, name = await states.blobs(), f"{_FOLDER}{uuid.uuid4()}"
    done, seen = "", {f"{states.account}/{states.container}/{name}": ""}
    try:
        await container.write(name, name.encode())
        done = "written, and not read"
        await container.read(name)
        done = "read, and not deleted"
        await container.delete(name)
    except Refused as error:
        text = f"A blob can be {done}: {error.code}" if done else f"Nothing can be written: {error.code}"
        return failed(text, *writable.remedy, **dict.fromkeys(seen, error.code))
    return passed("A blob was written, read and deleted", **dict.fromkeys(seen, "deleted"))


CHECKS: tuple[Check, ...] = (reachable, versioned, private, table, key, writable)
