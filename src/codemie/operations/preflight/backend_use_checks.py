"""Checks of what a backend in S3 leans on: the table of its locks, the key of its encryption, the right to write."""

import uuid
from typing import Any

from codemie.checks.check import Check, Severity, check
from codemie.checks.report import Finding, failed, passed, skipped
from codemie.operations.cloud.aws import DENIED, MISSING, Refused
from codemie.operations.preflight.backend_checks import States

_FOLDER = ".codemiectl/"
_LOCK_KEY = ("LockID", "HASH")


@check(
    "tf.backend.table",
    title="The table of locks is there, and made for Terraform",
    symptom="Terraform says: Error acquiring the state lock, with ResourceNotFoundException or ValidationException.",
    remedy=(
        "Make it: aws dynamodb create-table with the one key LockID of type S",
        "Or lock in the bucket: use_lockfile = true in place of dynamodb_table",
    ),
    phase="backend",
    faq=("F39", "F40"),
    needs=("tf.backend.reachable",),
    timeout=30,
)
async def table(states: States) -> Finding:
    """It was never made, is in another region, or has another key than `LockID`, the one that Terraform writes."""
    if not states.table:
        return skipped("the backend names no table")
    try:
        told = (await states.aws.see("dynamodb", "describe_table", TableName=states.table))["Table"]
    except Refused as error:
        seen = {states.table: error.code}
        if error.code in MISSING:
            return failed(f"There is no table {states.table} in {states.aws.region}", *table.remedy, **seen)
        return failed(f"AWS does not tell of {states.table}: {error.code}", *table.remedy, **seen)
    keys = [(str(each["AttributeName"]), str(each["KeyType"])) for each in told["KeySchema"]]
    kinds = {each["AttributeName"]: each["AttributeType"] for each in told["AttributeDefinitions"]}
    seen = {states.table: ", ".join(f"{name} ({kinds.get(name, '?')}, {role})" for name, role in keys)}
    if keys != [_LOCK_KEY] or kinds.get("LockID") != "S":
        return failed(f"The key of {states.table} is not LockID of type S alone", *table.remedy, **seen)
    return passed("It has the key LockID", **seen)


@check(
    "tf.backend.key",
    title="The key that encrypts the state can be used",
    symptom="terraform init or apply says KMS.DisabledException, KMS.NotFoundException or AccessDenied on the bucket.",
    remedy=(
        "Enable it: aws kms enable-key; or stop its deletion: aws kms cancel-key-deletion",
        "Name a key of the bucket's region as kms_key_id. A state under a key that is gone cannot be read again",
    ),
    phase="backend",
    faq=("F39",),
    needs=("tf.backend.reachable",),
    timeout=30,
)
async def key(states: States) -> Finding:
    """The key was disabled, waits for its deletion, or is not there in this region; S3 then refuses the state."""
    name = states.kms or await _bucket_key(states)
    if not name:
        return skipped("the bucket uses a key of S3's own")
    try:
        told = (await states.aws.see("kms", "describe_key", KeyId=name))["KeyMetadata"]
    except Refused as error:
        return failed(f"There is no key {name}, as far as AWS tells: {error.code}", *key.remedy, **{name: error.code})
    state = str(told["KeyState"])
    if state != "Enabled":
        return failed(f"The key {name} is {state}", *key.remedy, **{name: state})
    return passed("It is enabled", **{name: state})


async def _bucket_key(states: States) -> str:
    """The key of KMS that the bucket itself uses; empty where it is one of S3's own."""
    try:
        told = await states.aws.see("s3", "get_bucket_encryption", Bucket=states.bucket)
    except Refused:
        return ""
    rules = told["ServerSideEncryptionConfiguration"]["Rules"]
    named = (each.get("ApplyServerSideEncryptionByDefault", {}).get("KMSMasterKeyID") for each in rules)
    return next((str(each) for each in named if each), "")


@check(
    "tf.backend.writable",
    title="States can be written, read and deleted",
    symptom="terraform apply makes everything, and then says: Error saving state.",
    remedy=(
        "Allow s3:PutObject, s3:GetObject and s3:DeleteObject on the bucket, and kms:GenerateDataKey and kms:Decrypt",
        "Look at the bucket's own policy as well: it may refuse what is not encrypted as it wants",
    ),
    phase="backend",
    severity=Severity.MAJOR,
    faq=("F39",),
    needs=("tf.backend.key",),
    timeout=60,
)
async def writable(states: States) -> Finding:
    """The sign-in may list the bucket, and not write there, or not use the key that encrypts what is written.

    With --allow-write a small file is written under `.codemiectl/`, read, and deleted with its version.
    """
    if not states.may_write:
        return skipped("nothing is written without --allow-write")
    place = {"Bucket": states.bucket, "Key": f"{_FOLDER}{uuid.uuid4()}"}
    encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": states.kms} if states.kms else {}
    shown = f"s3://{states.bucket}/{place['Key']}"
    try:
        made = await states.aws.ask("s3", "put_object", **place, Body=place["Key"].encode(), **encrypted)
    except Refused as error:
        return failed(f"Nothing can be written: {error.code}", *writable.remedy, **{shown: error.code})
    read = await _refusal(states, "get_object", **place)
    version = {"VersionId": made["VersionId"]} if made.get("VersionId") else {}
    # The version, not a mark over it: nothing is to be left. Who may not delete versions leaves the mark.
    deleted = await _refusal(states, "delete_object", **place, **version)
    if deleted in DENIED and version:
        deleted = await _refusal(states, "delete_object", **place)
    if read or deleted:
        what = "read" if read else "deleted"
        return failed(f"What was written cannot be {what}: {read or deleted}", *writable.remedy, **{shown: what})
    return passed("A file was written, read and deleted", **{shown: "deleted"})


async def _refusal(states: States, operation: str, **arguments: Any) -> str:
    """Why it is refused; empty where it is not."""
    try:
        await states.aws.ask("s3", operation, **arguments)
    except Refused as error:
        return error.code
    return ""


CHECKS: tuple[Check, ...] = (table, key, writable)
