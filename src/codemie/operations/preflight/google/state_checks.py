"""Checks of a bucket of states in Cloud Storage, of the state in it, and of its lock."""

import uuid
from urllib.parse import quote

from codemie.checks.check import Check, Severity, check
from codemie.checks.report import Finding, failed, passed, skipped, warned
from codemie.checks.sources import Unobservable
from codemie.operations.cloud.google.refusals import Refused, unseen
from codemie.operations.preflight.google.states import GoogleStates
from codemie.operations.preflight.state_checks import NEVER, compared, held_by, lock_of, parsed

_FOLDER = ".codemiectl/"
_BOOTSTRAP = "On Google Cloud, apply deploy/terraform/gcp/bootstrap: its bucket has all of this"
_RESTORE = "Restore the version before it: gcloud storage ls -a OBJECT, then gcloud storage cp OBJECT#GENERATION OBJECT"


@check(
    "tf.backend.reachable",
    title="The bucket of states is there and may be used",
    symptom="terraform init says that the bucket does not exist, or 403.",
    remedy=(_BOOTSTRAP, "Compare the name of the bucket, and who is signed in"),
    phase="backend",
    faq=("F39",),
    needs=("tf.backend.present",),
    timeout=30,
)
async def reachable(states: GoogleStates) -> Finding:
    """It was never made, belongs to somebody else, or the sign-in may not read it."""
    place = f"gs://{states.bucket}"
    try:
        told = await states.google.ask("storage", f"b/{quote(states.bucket, safe='')}")
    except Refused as error:
        if error.is_missing:
            return failed(f"There is no bucket {states.bucket}", *reachable.remedy, **{place: "404"})
        if error.is_denied:
            text = f"{states.bucket} is somebody else's, or may not be looked at: storage.buckets.get"
            return failed(text, *reachable.remedy, **{place: "403"})
        raise unseen(error, states.bucket, "storage.buckets.get") from error
    return passed(f"{states.bucket} is there", **{place: str(told.get("location") or "")})


@check(
    "tf.backend.versioned",
    title="The bucket keeps former states",
    symptom="A state that was overwritten cannot be brought back.",
    remedy=("Turn it on: gcloud storage buckets update gs://BUCKET --versioning", _BOOTSTRAP),
    phase="backend",
    severity=Severity.MAJOR,
    faq=("F38", "F39"),
    needs=("tf.backend.reachable",),
    timeout=20,
)
async def versioned(states: GoogleStates) -> Finding:
    """Versioning was never turned on, or was turned off to save money."""
    told = await states.described() or {}
    if (told.get("versioning") or {}).get("enabled") is not True:
        return failed("Versioning is off", *versioned.remedy, **{f"gs://{states.bucket}": "versioning"})
    return passed("It does")


@check(
    "tf.backend.private",
    title="The bucket of states cannot be made public",
    symptom="One wrong policy shows all states to the internet.",
    remedy=(
        "gcloud storage buckets update gs://BUCKET --public-access-prevention --uniform-bucket-level-access",
        _BOOTSTRAP,
    ),
    phase="backend",
    severity=Severity.MAJOR,
    faq=("F39",),
    needs=("tf.backend.reachable",),
    timeout=20,
)
async def private(states: GoogleStates) -> Finding:
    """Public access is not prevented on the bucket itself, or single objects have lists of their own."""
    settings = (await states.described() or {}).get("iamConfiguration") or {}
    lacking = [
        name
        for name, is_set in (
            ("publicAccessPrevention", settings.get("publicAccessPrevention") == "enforced"),
            ("uniformBucketLevelAccess", (settings.get("uniformBucketLevelAccess") or {}).get("enabled") is True),
        )
        if not is_set
    ]
    if lacking:
        text = f"{', '.join(lacking)}: not enforced"
        return warned(text, *private.remedy, **{f"gs://{states.bucket}": ", ".join(lacking)})
    return passed("It cannot")


@check(
    "tf.backend.table",
    title="The table of locks is there, and made for Terraform",
    symptom="Terraform says: Error acquiring the state lock.",
    remedy=("See tf.state.lock",),
    phase="backend",
    faq=("F39", "F40"),
    needs=("tf.backend.reachable",),
)
async def table(states: GoogleStates) -> Finding:
    """A lock in Cloud Storage is an object beside the state, and needs no table."""
    return skipped(f"does not apply to gcs: the lock is the object {states.lock_key}")


@check(
    "tf.backend.key",
    title="The key that encrypts the state can be used",
    symptom="terraform init or apply says that a key of Cloud KMS is disabled, destroyed or may not be used.",
    remedy=(
        "Enable it: gcloud kms keys versions enable VERSION --key KEY; within 30 days also: versions restore",
        "Let the account of Cloud Storage use it: roles/cloudkms.cryptoKeyEncrypterDecrypter",
    ),
    phase="backend",
    faq=("F39",),
    needs=("tf.backend.reachable",),
    timeout=30,
)
async def key(states: GoogleStates) -> Finding:
    """The version of the key was disabled or is to be destroyed; Cloud Storage then refuses the state."""
    bucket = await states.described() or {}
    name = states.kms or str((bucket.get("encryption") or {}).get("defaultKmsKeyName") or "")
    if not name:
        return skipped("the bucket uses a key of Google's own")
    told = await states.google.one("kms", name.partition("/cryptoKeyVersions/")[0], "cloudkms.cryptoKeys.get")
    if told is None:
        return failed(f"There is no key {name}", *key.remedy, **{name: "404"})
    state = str((told.get("primary") or {}).get("state") or "without a primary version")
    if state != "ENABLED":
        return failed(f"The key {name.rpartition('/')[2]} is {state}", *key.remedy, **{name: state})
    return passed("It is enabled", **{name: state})


@check(
    "tf.backend.writable",
    title="States can be written, read and deleted",
    symptom="terraform apply makes everything, and then says that the state cannot be saved.",
    remedy=(
        "Give the sign-in roles/storage.objectAdmin on the bucket",
        "Look whether the bucket has a retention policy",
    ),
    phase="backend",
    severity=Severity.MAJOR,
    faq=("F39",),
    needs=("tf.backend.key",),
    timeout=60,
)
async def writable(states: GoogleStates) -> Finding:
    """The sign-in may list the bucket, and not write there; or a retention policy keeps what was written.

    With --allow-write a small file is written under `.codemiectl/`, read, and deleted with its version.
    """
    if not states.may_write:
        return skipped("nothing is written without --allow-write")
    name = f"{_FOLDER}{uuid.uuid4()}"
    shown = f"gs://{states.bucket}/{name}"
    try:
        generation = await states.google.write(states.bucket, name, name.encode())
    except Refused as error:
        why = error.permission or error.reason or str(error.status)
        return failed(f"Nothing can be written: {why}", *writable.remedy, **{shown: str(error.status)})
    try:
        is_read = await states.read(name, generation) == name.encode()
        why = "" if is_read else "another content"
    except Unobservable as error:
        why = str(error)
    what = "read"
    try:
        await states.google.remove(states.bucket, name, generation)
    except Refused as error:
        why, what = why or error.permission or error.reason or str(error.status), what if why else "deleted"
    if why:
        return failed(f"What was written cannot be {what}: {why}", *writable.remedy, **{shown: what})
    return passed("A file was written, read and deleted", **{shown: "deleted"})


@check(
    "tf.state.integrity",
    title="The state is whole, and follows the one before",
    symptom="Terraform wants to make everything anew, or cannot read the state.",
    remedy=(_RESTORE, NEVER),
    phase="backend",
    faq=("F38",),
    needs=("tf.backend.reachable",),
    timeout=30,
)
async def integrity(states: GoogleStates) -> Finding:
    """The object was cut off, emptied, deleted, changed by hand, or replaced by the state of something else."""
    body, kept = await states.read(states.key), await states.versions()
    if body is None and kept:
        return failed("The state was deleted", *integrity.remedy, **{states.place: f"{len(kept)} versions are kept"})
    if body is None:
        return passed("There is no state yet: nothing was applied")
    state = parsed(body)
    if state is None:
        return failed("The object is no state", *integrity.remedy, **{states.place: f"{len(body)} bytes"})
    older = await states.read(states.key, str(kept[1]["generation"])) if len(kept) > 1 else None
    return compared(states.place, state, parsed(older) if older else None, integrity.remedy)


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
    needs=("tf.backend.reachable",),
    timeout=30,
)
async def lock(states: GoogleStates) -> Finding:
    """Somebody works on it right now; or a run was killed, and its lock was left behind.

    What Terraform calls the id of such a lock is the generation of its object.
    """
    body = await states.read(states.lock_key)
    if body is None:
        return passed("Nobody does")
    generation = await states.generation(states.lock_key)
    return held_by(lock_of(body, f"terraform force-unlock {generation or 'ID'}"))


CHECKS: tuple[Check, ...] = (reachable, versioned, private, table, key, writable, integrity, lock)
