"""Files in S3: https://docs.aws.amazon.com/AmazonS3/latest/API/."""

from base64 import b64decode
from binascii import Error as NotBase64
from typing import Annotated, Any, Literal

from pydantic import Field

from codemie.kernel.tools import Effect
from codemie.toolkits.aws.client import Aws
from codemie.toolkits.aws.operations import cloud
from codemie.toolkits.aws.results import readable, text_of
from codemie.toolkits.failures import BadToolArguments

Bucket = Annotated[str, Field(min_length=3, description="Name of the bucket.")]
Key = Annotated[str, Field(min_length=1, description="The whole key of the object, such as reports/2026/may.csv.")]
Prefix = Annotated[str, Field(description="Only keys that begin so.")]
Token = Annotated[str | None, Field(description="next_page_token of the page before.")]
Limit = Annotated[int, Field(ge=1, le=1000, description="Entries a page.")]
Version = Annotated[str | None, Field(description="A version other than the latest.")]
_WEEK = 7 * 24 * 3600
"""The longest that AWS lets a signature live."""


async def _s3(account: Aws, method: str, **arguments: Any) -> Any:
    given = {name: value for name, value in arguments.items() if value is not None}
    return readable(await account.call("s3", method, given))


@cloud.tool("reads", label="List S3 buckets", about="Lists the buckets of the account.")
async def s3_list_buckets(account: Aws, limit: Limit = 100, page_token: Token = None) -> dict[str, Any]:
    """List the S3 buckets that the integration's keys may see."""
    # A limit makes some systems that only speak like S3 refuse; they list all.
    paged = {} if account.endpoint else {"MaxBuckets": limit, "ContinuationToken": page_token}
    found = await _s3(account, "list_buckets", **paged)
    buckets = [{"name": item["Name"], "created": item.get("CreationDate")} for item in found.get("Buckets", ())]
    return {"buckets": buckets, "next_page_token": found.get("ContinuationToken")}


@cloud.tool("reads", label="List S3 objects", about="Lists objects of a bucket.")
async def s3_list_objects(
    account: Aws,
    bucket: Bucket,
    prefix: Prefix = "",
    folders: Annotated[bool, Field(description="Show what is below the next / as a folder, not each object.")] = False,  # noqa: FBT002
    limit: Limit = 100,
    page_token: Token = None,
) -> dict[str, Any]:
    """List the objects of an S3 bucket by key, a page at a time: key, size in bytes, when it was changed."""
    found = await _s3(
        account,
        "list_objects_v2",
        Bucket=bucket,
        Prefix=prefix,
        Delimiter="/" if folders else None,
        MaxKeys=limit,
        ContinuationToken=page_token,
    )
    return {
        "folders": [item["Prefix"] for item in found.get("CommonPrefixes", ())],
        "objects": [
            {"key": item["Key"], "size": item["Size"], "changed": item["LastModified"]}
            for item in found.get("Contents", ())
        ],
        "next_page_token": found.get("NextContinuationToken"),
    }


@cloud.tool("reads", label="Read an S3 object", about="Reads a text file of a bucket.")
async def s3_get_object(
    account: Aws,
    bucket: Bucket,
    key: Key,
    version_id: Version = None,
    first_byte: Annotated[int, Field(ge=0, description="Where to begin, for long objects.")] = 0,
    max_bytes: Annotated[int, Field(ge=1, le=1_000_000, description="How much to read.")] = 100_000,
) -> dict[str, Any]:
    """Read an S3 object as text, or a part of a long one. Of a binary object it tells what it is."""
    told = await _s3(account, "head_object", Bucket=bucket, Key=key, VersionId=version_id)
    size, media_type = told["ContentLength"], told.get("ContentType", "")
    shown = {"key": key, "size": size, "content_type": media_type, "version_id": told.get("VersionId")}
    if first_byte >= size:  # a range of nothing is refused
        return {**shown, "content": "", "has_more": False}
    found = await account.call(
        "s3",
        "get_object",
        {
            "Bucket": bucket,
            "Key": key,
            "Range": f"bytes={first_byte}-{first_byte + max_bytes - 1}",
            **({"VersionId": version_id} if version_id else {}),
        },
    )
    body = bytes(found["Body"]) if isinstance(found, dict) else b""
    if first_byte + len(body) < size:
        body = _whole_characters(body)  # the next part begins with the character that is cut
    end = first_byte + len(body)
    more = {"has_more": True, "next_first_byte": end} if end < size else {"has_more": False}
    return {**shown, "content": text_of(body, media_type), **more}


def _whole_characters(content: bytes) -> bytes:
    """Without the beginning of a character whose end is in the next part."""
    for missing in range(min(4, len(content))):
        part = content[: len(content) - missing]
        try:
            part.decode()
        except UnicodeDecodeError:
            continue
        return part
    return content


@cloud.tool("writes", label="Write an S3 object", about="Writes a file into a bucket.")
async def s3_put_object(
    account: Aws,
    bucket: Bucket,
    key: Key,
    content: Annotated[str, Field(description="What to write.")],
    content_type: Annotated[str, Field(description="Media type.")] = "text/plain; charset=utf-8",
    encoding: Annotated[Literal["text", "base64"], Field(description="How content is given.")] = "text",
) -> dict[str, Any]:
    """Write an S3 object; one with the same key is replaced (a bucket with versions keeps it)."""
    try:
        body = content.encode() if encoding == "text" else b64decode(content, validate=True)
    except NotBase64 as error:
        raise BadToolArguments("The content is no base64", details=str(error), code=422) from error
    made = await _s3(account, "put_object", Bucket=bucket, Key=key, Body=body, ContentType=content_type)
    return {"bucket": bucket, "key": key, "size": len(body), "etag": made["ETag"], "version_id": made.get("VersionId")}


@cloud.tool("destroys", label="Delete an S3 object", about="Deletes a file of a bucket.")
async def s3_delete_object(account: Aws, bucket: Bucket, key: Key, version_id: Version = None) -> dict[str, Any]:
    """Delete an S3 object, or one version of it for good. Deleting what is not there succeeds, as S3 has it."""
    made = await _s3(account, "delete_object", Bucket=bucket, Key=key, VersionId=version_id)
    return {
        "bucket": bucket,
        "key": key,
        "version_id": made.get("VersionId"),
        "marked_as_deleted": bool(made.get("DeleteMarker")),
    }


def _effect_of_address(arguments: dict[str, Any]) -> Effect:
    return "writes" if arguments.get("method") == "put" else "reads"


@cloud.tool(_effect_of_address, label="Make an S3 address", about="Makes an address for downloading or uploading.")
async def s3_presign(
    account: Aws,
    bucket: Bucket,
    key: Key,
    method: Annotated[Literal["get", "put"], Field(description="Download (get) or upload (put).")] = "get",
    expires_seconds: Annotated[int, Field(ge=1, le=_WEEK, description="How long it works.")] = 3600,
) -> dict[str, Any]:
    """Make an address with which anybody can download an S3 object, or upload it, until it expires."""
    arguments = {
        "ClientMethod": f"{method}_object",
        "Params": {"Bucket": bucket, "Key": key},
        "ExpiresIn": expires_seconds,
    }
    return {"url": await account.call("s3", "generate_presigned_url", arguments), "expires_seconds": expires_seconds}


@cloud.tool("reads", label="List S3 versions", about="Lists versions of a bucket's objects.")
async def s3_list_versions(
    account: Aws,
    bucket: Bucket,
    prefix: Prefix = "",
    limit: Limit = 100,
    page_token: Annotated[dict[str, str] | None, Field(description="next_page_token of the page before.")] = None,
) -> dict[str, Any]:
    """List the versions of the objects of an S3 bucket, newest first for each key, with marks of deletion."""
    marker = page_token or {}
    found = await _s3(
        account,
        "list_object_versions",
        Bucket=bucket,
        Prefix=prefix,
        MaxKeys=limit,
        KeyMarker=marker.get("key"),
        VersionIdMarker=marker.get("version_id"),
    )
    kinds = (("Versions", False), ("DeleteMarkers", True))
    versions = [
        {
            "key": item["Key"],
            "version_id": item["VersionId"],
            "latest": item["IsLatest"],
            "changed": item["LastModified"],
            "size": item.get("Size"),
            "deleted": deleted,
        }
        for kind, deleted in kinds
        for item in found.get(kind, ())
    ]
    following = {"key": found.get("NextKeyMarker"), "version_id": found.get("NextVersionIdMarker")}
    return {"versions": versions, "next_page_token": following if found.get("IsTruncated") else None}
