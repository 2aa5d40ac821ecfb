"""Checks of a state in S3: whole, newer than the one before, and locked by nobody."""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import Any, cast

from codemie.checks.check import Check, check
from codemie.checks.report import Finding, failed, passed, warned
from codemie.checks.sources import Unobservable
from codemie.operations.cloud.aws import MISSING, Refused
from codemie.operations.preflight.backend import MOST_STATE_BYTES
from codemie.operations.preflight.backend_checks import States

_PATIENCE = dt.timedelta(hours=2)
_FEW_LEFT = 0.75
_RESTORE = "Restore the version before it: aws s3api list-object-versions, then copy that version over the object"
NEVER = "Never write the expected digest over, and do not apply before: it would make everything a second time"


@check(
    "tf.state.integrity",
    title="The state is whole, and follows the one before",
    symptom="Terraform wants to make everything anew, or stops at the checksum of the state.",
    remedy=(_RESTORE, NEVER),
    phase="backend",
    faq=("F38",),
    needs=("tf.backend.reachable", "tf.backend.table"),
    timeout=30,
)
async def integrity(states: States) -> Finding:
    """The object was cut off, emptied, deleted, changed by hand, or replaced by the state of something else."""
    body = await _body(states)
    kept = await _kept(states)
    if body is None and kept:
        seen = {states.place: f"deleted; {len(kept)} versions are kept"}
        return failed("The state was deleted", *integrity.remedy, **seen)
    if body is None:
        return passed("There is no state yet: nothing was applied")
    state = parsed(body)
    if state is None:
        return failed("The object is no state", *integrity.remedy, **{states.place: f"{len(body)} bytes"})
    if wrong := await _other_digest(states, body):
        return failed("The state was changed outside of Terraform", *integrity.remedy, **{states.table: wrong})
    return compared(states.place, state, await _former(states, kept), integrity.remedy)


def compared(place: str, state: dict[str, Any], former: dict[str, Any] | None, remedy: tuple[str, ...]) -> Finding:
    """Whether a state follows the one before.

    Args:
        place: where it is, for people.
        state: as `parsed` has it.
        former: the version before; None where there is none that is a state.
        remedy: how the version before is restored first of all.
    """
    seen = {place: _told(state)}
    if former is None:
        return passed(f"Serial {state['serial']}", **seen)
    seen["the version before"] = _told(former)
    if state["lineage"] != former["lineage"] or state["serial"] < former["serial"]:
        return failed("The state does not follow the one before", *remedy, **seen)
    had, has = len(former["resources"]), len(state["resources"])
    if has < had * _FEW_LEFT:
        text = f"{had - has} of {had} resources are gone since the version before"
        return warned(text, "Look whether they were destroyed on purpose; else do not apply", remedy[0], **seen)
    return passed(f"Serial {state['serial']}", **seen)


def _told(state: dict[str, Any]) -> str:
    return f"serial {state['serial']}, {len(state['resources'])} resources"


async def _body(states: States, version: str | None = None, suffix: str = "") -> bytes | None:
    which = {"VersionId": version} if version else {}
    try:
        found = await states.aws.see("s3", "get_object", Bucket=states.bucket, Key=states.key + suffix, **which)
    except Refused as error:
        if error.code in MISSING:
            return None
        raise
    if found["ContentLength"] > MOST_STATE_BYTES:
        found["Body"].close()
        text = f"{states.key + suffix} has {found['ContentLength']} bytes, more than {MOST_STATE_BYTES}"
        raise Unobservable(text, "Look at it with the aws command")
    return cast("bytes", found["Body"].read())


def parsed(body: bytes) -> dict[str, Any] | None:
    """Serial, lineage and resources of a state; None where it is none."""
    try:
        state: Any = json.loads(body)
        resources = state["resources"]
        return {"serial": int(state["serial"]), "lineage": str(state["lineage"]), "resources": list(resources)}
    except (ValueError, KeyError, TypeError):
        return None


async def _kept(states: States) -> list[dict[str, Any]]:
    """The versions of the state that the bucket has; the newest thousand, since it lists them first."""
    told = await states.aws.see("s3", "list_object_versions", Bucket=states.bucket, Prefix=states.key)
    return [version for version in told.get("Versions", []) if version["Key"] == states.key]


async def _former(states: States, kept: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The version before the current one, where the bucket keeps it and it is a state."""
    older = [version for version in kept if not version.get("IsLatest")]
    if not older:
        return None
    body = await _body(states, str(max(older, key=lambda version: version["LastModified"])["VersionId"]))
    return parsed(body) if body else None


async def _other_digest(states: States, body: bytes) -> str:
    """What the table of locks expects, where that is not what the object has."""
    item = await _item(states, f"{states.bucket}/{states.key}-md5")
    own = hashlib.md5(body, usedforsecurity=False).hexdigest()
    expected = item.get("Digest", own)
    return "" if expected == own else f"expects {expected}, the object has {own}"


async def _item(states: States, name: str) -> dict[str, str]:
    if not states.table:
        return {}
    key = {"LockID": {"S": name}}
    try:
        found = await states.aws.see("dynamodb", "get_item", TableName=states.table, Key=key, ConsistentRead=True)
    except Refused as error:
        raise Unobservable(f"The table {states.table} does not answer: {error.code}", "See tf.backend.table") from error
    return {name: str(value.get("S", "")) for name, value in (found.get("Item") or {}).items()}


@dataclass(frozen=True)
class Lock:
    """Who holds a state, since when, and how the lock is taken away."""

    id: str
    who: str
    operation: str
    created: dt.datetime | None
    removal: str

    @property
    def age(self) -> dt.timedelta | None:
        """How long it is held; None where it does not say since when."""
        return dt.datetime.now(dt.UTC) - self.created if self.created else None


@check(
    "tf.state.lock",
    title="Nobody holds the lock of the state",
    symptom="Terraform says: Error acquiring the state lock.",
    remedy=(
        "Ask whoever holds it whether that run goes on, and wait",
        "Only when nobody runs it any more: terraform force-unlock ID; the check names the id",
    ),
    phase="backend",
    faq=("F40",),
    needs=("tf.backend.reachable", "tf.backend.table"),
    timeout=30,
)
async def lock(states: States) -> Finding:
    """Somebody works on it right now; or a run was killed, and its lock was left behind."""
    held = await _in_bucket(states) or await _in_table(states)
    return held_by(held) if held else passed("Nobody does")


def held_by(held: Lock) -> Finding:
    """What to say of a lock that somebody holds, by its age."""
    seen = {"held by": held.who, "for": held.operation, "id": held.id}
    removal = f"Only when nobody runs it any more: {held.removal}"
    ask = lock.remedy[0]
    if held.age is None:
        return warned(f"{held.who} holds it; the lock does not say since when", ask, removal, **seen)
    hours = held.age.total_seconds() / 3600
    seen["since"] = f"{hours:.1f} hours"
    if held.age < _PATIENCE:
        return warned(f"{held.who} holds it since {hours * 60:.0f} minutes", ask, **seen)
    return failed(f"{held.who} holds it since {hours:.0f} hours: probably left behind", ask, removal, **seen)


async def _in_bucket(states: States) -> Lock | None:
    body = await _body(states, suffix=".tflock")
    return lock_of(body, "terraform force-unlock {id}") if body else None


async def _in_table(states: States) -> Lock | None:
    item = await _item(states, f"{states.bucket}/{states.key}")
    if "Info" not in item:
        return None
    # force-unlock looks for the lock in the bucket first, and gives up where there is none.
    name = json.dumps({"LockID": {"S": f"{states.bucket}/{states.key}"}})
    return lock_of(item["Info"].encode(), f"aws dynamodb delete-item --table-name {states.table} --key '{name}'")


def lock_of(body: bytes, removal: str) -> Lock:
    """Of what Terraform writes; a lock that is no JSON is one all the same.

    Args:
        body: what it wrote.
        removal: how it is taken away, with `{id}` for its id.
    """
    told: dict[str, Any] = {}
    created = None
    try:
        told = dict(json.loads(body))
        created = dt.datetime.fromisoformat(str(told["Created"]))
    except (ValueError, KeyError, TypeError):
        pass
    named = str(told.get("ID", "ID"))
    who, operation = str(told.get("Who", "Somebody")), str(told.get("Operation", "?"))
    return Lock(named, who, operation, created, removal.replace("{id}", named))


CHECKS: tuple[Check, ...] = (integrity, lock)
