"""Checks of a state in Azure Storage: whole, newer than the one before, and locked by nobody."""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import replace

from codemie.checks.check import Check, check
from codemie.checks.report import Finding, failed, passed
from codemie.operations.cloud.azure.arm import Refused
from codemie.operations.cloud.azure.blobs import Container, Version
from codemie.operations.preflight.azure.states import AzureStates
from codemie.operations.preflight.state_checks import compared, held_by, lock_of, parsed

_RESTORE = (
    "Restore the version before it: az storage blob list --include v, then az storage blob copy start with the address "
    "of that version and ?versionid="
)
_NEVER = "Do not apply before: it would make everything a second time"
_LOCK = "x-ms-meta-terraformlockid"
"""Where Terraform writes who holds the lock, in base64 (backend azurerm of Terraform 1.11)."""


@check(
    "tf.state.integrity",
    title="The state is whole, and follows the one before",
    symptom="Terraform wants to make everything anew, or cannot read the state.",
    remedy=(_RESTORE, _NEVER),
    phase="backend",
    faq=("F38",),
    needs=("tf.backend.reachable",),
    timeout=40,
)
async def integrity(states: AzureStates) -> Finding:
    """The blob was cut off, emptied, deleted, changed by hand, or replaced by the state of something else."""
    container = await states.blobs()
    kept = await container.versions(states.key)
    body = await _body(container, states.key)
    former = _former(kept)
    if body is None and former:
        return failed("The state was deleted", *integrity.remedy, **{states.place: f"{len(former)} versions are kept"})
    if body is None:
        return passed("There is no state yet: nothing was applied")
    # Terraform makes an empty blob where there is none, to hold its lease.
    if not body and not former:
        return passed("There is no state yet: only the blob for its lock")
    state = parsed(body)
    if state is None:
        return failed("The blob is no state", *integrity.remedy, **{states.place: f"{len(body)} bytes"})
    before = await _body(container, states.key, former[-1]) if former else None
    return compared(states.place, state, parsed(before) if before else None, integrity.remedy)


def _former(kept: Iterable[Version]) -> list[str]:
    """Versions with another content than the current one, the newest last.

    Whoever takes or gives back the lock writes metadata, and each time Azure keeps a version more, with what the blob
    held already: nothing, where nobody has applied yet.
    """
    listed = [each for each in kept if each.id]
    current = {each.digest for each in listed if each.is_current and each.digest}
    return [each.id for each in listed if not each.is_current and not each.is_empty and each.digest not in current]


async def _body(container: Container, blob: str, version: str = "") -> bytes | None:
    try:
        return await container.read(blob, version)
    except Refused as error:
        if error.is_missing:
            return None
        raise


@check(
    "tf.state.lock",
    title="Nobody holds the lock of the state",
    symptom="Terraform says: Error acquiring the state lock; state blob is already locked.",
    remedy=(
        "Ask whoever holds it whether that run goes on, and wait",
        "Only when nobody runs it any more: terraform force-unlock ID; the check names the id",
    ),
    phase="backend",
    faq=("F40",),
    needs=("tf.backend.reachable",),
    timeout=30,
)
async def lock(states: AzureStates) -> Finding:
    """Somebody works on it right now; or a run was killed, and its lease, which has no end, was left behind."""
    container = await states.blobs()
    try:
        told = await container.head(states.key)
    except Refused as error:
        if error.is_missing:
            return passed("Nobody does: there is no state yet")
        raise
    if told.get("x-ms-lease-status", "unlocked") != "locked":
        return passed("Nobody does")
    break_it = (
        f"az storage blob lease break --auth-mode login --account-name {states.account} "
        f"--container-name {states.container} --blob-name {states.key}"
    )
    held = lock_of(_written(told.get(_LOCK, "")), "terraform force-unlock {id}")
    return held_by(held if told.get(_LOCK) else replace(held, removal=break_it))


def _written(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return b""


CHECKS: tuple[Check, ...] = (integrity, lock)
